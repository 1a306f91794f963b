using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// Preprocesses the cases of a data set into a <see cref="CaseStore"/>. Cases that are there undamaged and made of the same raw files, plan and version are
/// kept, so an interrupted run continues where it stopped.
/// </summary>
public static class DatasetPreprocessing
{
    /// <summary>Preprocesses all cases. The files are the same whatever the number of workers.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="recipe">The settings.</param>
    /// <param name="store">Where the cases go.</param>
    /// <param name="pool">The workers. Each has one case in memory: raw image, cropped image, result, and per channel the passes of its resampling.</param>
    /// <param name="progress">Told after every case, from any worker.</param>
    /// <param name="cancellation">Stops soon; finished cases stay, nothing half-written does.</param>
    /// <returns>One outcome per case, in the order of the cases; a case that fails does not stop the others.</returns>
    public static ImmutableArray<CaseOutcome> Run(
        RawDataset dataset, PreprocessingRecipe recipe, CaseStore store, WorkerPool pool, IProgress<CaseProgress>? progress = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(store.Folder);
        return [.. CaseLoop.Run(dataset.Cases, pool, progress, cancellation, Outcome)];

        CaseOutcome Outcome(TrainingCase @case)
        {
            try
            {
                return One(@case, recipe, store.PathOf(@case.Identifier), pool, cancellation);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                return new CaseOutcome(@case.Identifier, IsWritten: false, 0, failure);
            }
        }
    }

    private static CaseOutcome One(TrainingCase @case, PreprocessingRecipe recipe, string path, WorkerPool pool, CancellationToken cancellation)
    {
        string source = CaseSource.Of(recipe, @case, cancellation);
        if (IsUpToDate(path, source, cancellation))
            return new CaseOutcome(@case.Identifier, IsWritten: false, new FileInfo(path).Length, null);

        // What stands there is of other raw files or of another plan: should this fail, nobody shall train on it.
        File.Delete(path);
        using PreprocessedVolumes volumes = new TrainingPreprocessor(recipe, pool).Run(@case.Read(), cancellation);
        ClassLocations locations = ClassLocations.Find(volumes.Labels, volumes.Size, recipe.Classes);
        CaseFile.Write(path, volumes, locations, source, recipe.Version, cancellation);
        return new CaseOutcome(@case.Identifier, IsWritten: true, new FileInfo(path).Length, null);
    }

    private static bool IsUpToDate(string path, string source, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using StoredCase stored = StoredCase.Open(path);
            if (stored.Source != source || !stored.HasHash)
                return false;
            stored.Verify(cancellation);
            return true;
        }
        catch (InvalidFileException)
        {
            return false;
        }
    }
}
