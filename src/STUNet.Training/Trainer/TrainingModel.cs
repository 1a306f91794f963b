using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The model in the checkpoints of trainings, finished or not: to predict with, to begin another training with, or to look at.</summary>
public static class TrainingModel
{
    /// <summary>
    /// Opens a checkpoint; the furthest that counts of a fold's folder (final, or else best, or else latest); or that of every fold in a model folder. Each is verified. Null where
    /// the path is none of these. A warning tells which checkpoint stands for a fold that is not finished.
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <exception cref="InvalidFileException">A checkpoint is damaged, or of another network than its training planned.</exception>
    public static ModelFiles? Find(string path)
    {
        string[] checkpoints = File.Exists(path) ? (IsPlanned(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "") ? [path] : [])
            : !Directory.Exists(path) ? []
            : IsPlanned(path) ? [.. CheckpointsIn(path)]
            : [.. Directory.GetDirectories(path, TrainedModel.FoldFolder("*")).Where(IsPlanned).Order(StringComparer.Ordinal).SelectMany(CheckpointsIn)];
        return checkpoints.Length == 0 ? null : Open(checkpoints, isChosen: File.Exists(path));
    }

    private static bool IsPlanned(string folder) => File.Exists(Path.Combine(folder, TrainingFolder.PlannedFile));

    private static IEnumerable<string> CheckpointsIn(string folder) =>
        new[] { TrainingFolder.FinalFile, TrainingFolder.BestFile, TrainingFolder.LatestFile }.Select(file => Path.Combine(folder, file)).Where(File.Exists).Take(1);

    private static ModelFiles Open(string[] checkpoints, bool isChosen)
    {
        List<TrainingCheckpoint> opened = [];
        try
        {
            List<FoldFile> folds = [];
            List<string> warnings = [];
            ModelManifest? model = null;
            foreach (string path in checkpoints)
            {
                ModelManifest planned = ModelManifest.Read(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, TrainingFolder.PlannedFile));
                model ??= planned;
                TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(path);
                opened.Add(checkpoint);
                checkpoint.RequireTensorsOf(model.Architecture);
                folds.Add(planned.Folds[0] with { File = TrainedModel.WeightsFile(planned.Folds[0].Name) });
                if (!isChosen && Path.GetFileName(path) != TrainingFolder.FinalFile)
                {
                    warnings.Add(
                        $"fold {planned.Folds[0].Name} is not finished; of {Path.GetDirectoryName(path)} {Path.GetFileName(path)} is taken, which stands at epoch {checkpoint.Epoch} of "
                        + $"{checkpoint.Settings.GetValueOrDefault("epochs")}; name a checkpoint to take that.");
                }
            }

            return new ModelFiles(model! with { Folds = [.. folds] }, [.. opened.Select(checkpoint => checkpoint.Tensors)], [.. warnings]);
        }
        catch
        {
            opened.ForEach(checkpoint => checkpoint.Dispose());
            throw;
        }
    }
}
