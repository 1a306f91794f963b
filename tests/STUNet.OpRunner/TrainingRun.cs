using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.OpRunner;

/// <summary>Runs of the tiny training in a folder.</summary>
public static class TrainingRun
{
    /// <summary>Trains, or goes on, to the end.</summary>
    /// <param name="folder">The fold's folder.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="cancelAt">The progress after which it is cancelled.</param>
    /// <param name="cases">The cases; the tiny ones where null.</param>
    /// <param name="initial">The initial weights; seeded where null.</param>
    /// <param name="device">Where; the CPU where null.</param>
    /// <returns>The epochs of the whole training so far.</returns>
    public static IReadOnlyList<EpochRecord> Of(
        string folder, TrainerSettings settings, Func<TrainingProgress, bool>? cancelAt = null, ITrainingCases? cases = null, IParameterSource? initial = null, Device? device = null)
    {
        using CancellationTokenSource cancellation = new();
        using TrainingFolder opened = TrainingFolder.Open(folder, isContinued: true);
        using CpuDevice cpu = new(1);
        using Trainer trainer = new(
            settings, device ?? cpu, initial ?? new InitialParameters(settings.Step.Network, InitialisationScheme.V2, 1), cases ?? new TinyCases(), TinyTraining.Split, opened);
        try
        {
            trainer.Run(new Reported(progress =>
            {
                if (cancelAt?.Invoke(progress) == true)
                    cancellation.Cancel();
            }), cancellation.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }

        return trainer.History;
    }

    /// <summary>The files of a folder, by name.</summary>
    public static string[] FilesIn(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private sealed class Reported(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
