using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>Postprocesses label maps from file to file.</summary>
public static class PostprocessedFiles
{
    /// <summary>Reads, postprocesses and writes label maps, several at a time.</summary>
    /// <param name="postprocessing">What to do.</param>
    /// <param name="files">The label maps and where the results go; results keep the geometry.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="progress">Told the label maps done.</param>
    /// <param name="cancellation">Stops between two label maps.</param>
    /// <exception cref="InvalidFileException">A file is unusable or cannot be written.</exception>
    public static void Write(
        LabelPostprocessing postprocessing,
        IReadOnlyList<(string From, string To)> files,
        WorkerPool workers,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        CaseLoop loop = new("postprocessing", files.Count, progress);
        loop.Run(files, workers, cancellation, (_, file) =>
        {
            LabelVolume labels = VolumeFile.ReadLabels(file.From);
            postprocessing.Apply(labels);
            VolumeFile.Write(file.To, labels);
            loop.PieceDone();
        });
    }
}
