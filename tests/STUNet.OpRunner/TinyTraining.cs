using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.OpRunner;

/// <summary>A training small enough to be run, killed and compared many times within a test.</summary>
public static class TinyTraining
{
    private static readonly Int3 Patch = new(8, 8, 8);

    /// <summary>The network: three resolutions, three classes.</summary>
    public static StuNetConfig Network { get; } = new(inputChannels: 1, classes: 3, dims: [4, 4, 8], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);

    /// <summary>Two of the cases train, one validates.</summary>
    public static DataSplit Split { get; } = new(["a", "b"], ["c"]);

    /// <summary>By v2's rules, with a checkpoint after every epoch.</summary>
    public static TrainerSettings Settings { get; } = Of(NnunetVersion.V2, epochs: 50);

    /// <summary>Settings by either version's rules.</summary>
    /// <param name="version">Whose rules.</param>
    /// <param name="epochs">Epochs.</param>
    public static TrainerSettings Of(NnunetVersion version, int epochs)
    {
        Int3[] strides = version == NnunetVersion.V1 ? [.. Network.Strides] : [Int3.One, .. Network.Strides];
        DeepSupervisionTargets targets = new(Patch, strides, version);
        return new TrainerSettings
        {
            Step = new TrainingStepSettings
            {
                Network = Network,
                BatchSize = 2,
                Patch = Patch,
                Loss = new SegmentationLoss(version == NnunetVersion.V1 ? DiceForm.Version1 : DiceForm.Version2, BatchDice: false),
                Weights = DeepSupervision.Weights(targets.Sizes.Count),
                Version = version,
            },
            Targets = targets,
            Epochs = epochs,
            IterationsPerEpoch = 2,
            ValidationIterations = 1,
            Seed = 11,
            SaveInterval = 1,
        };
    }

    /// <summary>Trains in a folder, or goes on with what it holds.</summary>
    /// <param name="folder">The folder of the fold.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="report">Told the number of epochs done: at the beginning, and after every epoch.</param>
    /// <param name="cancellation">Ends the training.</param>
    public static void Run(string folder, TrainerSettings settings, Action<int>? report = null, CancellationToken cancellation = default)
    {
        using CpuDevice device = new(1);
        using TinyCases cases = new();
        using TrainingFolder opened = TrainingFolder.Open(folder, isContinued: true);
        InitialisationScheme scheme = settings.Version == NnunetVersion.V1 ? InitialisationScheme.V1 : InitialisationScheme.V2;
        using Trainer trainer = new(settings, device, new InitialParameters(settings.Step.Network, scheme, (long)settings.Seed), cases, Split, opened);
        report?.Invoke(trainer.Epoch);
        trainer.Run(new Reported(report), cancellation);
    }

    private sealed class Reported(Action<int>? report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished is not null)
                report?.Invoke(value.Epoch + 1);
        }
    }
}
