using System.Diagnostics;
using STUNet.Inference;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>Keeps <c>progress.png</c> and <c>report.html</c> of a training up to date. Neither is worth a training: one that cannot be written is a warning.</summary>
internal sealed class TrainingPictures(CommandConsole console, TrainingFolder folder, TrainingFacts facts)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();

    /// <summary>Writes both, unless they were written a moment ago.</summary>
    /// <param name="epochs">The epochs so far.</param>
    public void Refresh(IReadOnlyList<EpochRecord> epochs)
    {
        if (_sinceLast.Elapsed < Pause)
            return;
        Write(epochs);
        _sinceLast.Restart();
    }

    /// <summary>Writes both; nothing before the first epoch.</summary>
    /// <param name="epochs">The epochs so far.</param>
    /// <param name="validation">The scores of the final validation; null where there was none.</param>
    public void Write(IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation = null)
    {
        if (epochs.Count == 0)
            return;
        Attempt(TrainingCurves.FileName, path => TrainingCurves.Write(path, epochs));
        Attempt(TrainingReport.FileName, path => TrainingReport.Write(path, facts, epochs, validation));
    }

    private void Attempt(string file, Action<string> write)
    {
        try
        {
            write(folder[file]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            console.Warn($"{file} was not written ({failure.Message.TrimEnd('.')}).");
        }
    }
}
