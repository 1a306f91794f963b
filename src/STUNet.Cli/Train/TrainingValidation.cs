using System.Globalization;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>
/// The final validation of a training. Asked for by itself, it fails where it cannot be done; behind a training it is left out with a warning, which comes before the
/// training where that can be known.
/// </summary>
/// <param name="console">Where to report.</param>
/// <param name="planned">The training.</param>
/// <param name="isAlone">Whether nothing else was asked for.</param>
/// <param name="probabilities">Whether probabilities are written too.</param>
internal sealed class TrainingValidation(CommandConsole console, PlannedTraining planned, bool isAlone, bool probabilities)
{
    private FinalValidation? _validation;

    /// <summary>Finds the cases; without this call nothing is validated.</summary>
    /// <param name="find">Finds them.</param>
    public void Find(Func<FinalValidation> find) => _validation = OrWarn(find);

    /// <summary>Predicts and evaluates.</summary>
    /// <param name="checkpoint">The last checkpoint of the training, or its best.</param>
    /// <param name="device">The device.</param>
    /// <returns>The scores; null where it is left out.</returns>
    public EvaluationSummary? Run(TrainingCheckpoint checkpoint, Device device)
    {
        if (_validation is not { } validation)
            return null;
        using SegmentationModel model = validation.ModelOf(planned.Manifest, checkpoint);
        using Segmenter? segmenter = OrWarn(() => new Segmenter(model, device, new() { Probabilities = probabilities }));
        if (segmenter is null)
            return null;
        WorkerPool workers = device is CpuDevice cpu ? cpu.Workers : new WorkerPool();
        ProgressLine line = new(console);
        try
        {
            EvaluationSummary summary = validation.Run(
                segmenter, checkpoint, workers, new ProgressReport<ValidationProgress>(state => line.Report(state.Step, state.Done, state.Total)), console.Cancellation);
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"final validation: {summary.Cases.Count} case{(summary.Cases.Count == 1 ? "" : "s")}, mean Dice {summary.ForegroundMean["Dice"]:F4}; {Path.Combine(validation.Folder, SummaryFile.FileName)}"));
            return summary;
        }
        catch (OperationCanceledException)
        {
            console.Warn("stopped within the final validation; the same command with --val goes on from here.");
            throw;
        }
        finally
        {
            if (device is not CpuDevice)
                workers.Dispose();
        }
    }

    // Training needs none of this, so it is no reason to refuse one.
    private T? OrWarn<T>(Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (StuNetException failure) when (!isAlone && failure is not InsufficientResourcesException)
        {
            console.Warn($"without final validation: {failure.Message}");
            return null;
        }
    }
}
