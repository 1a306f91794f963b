using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Everything that decides the result of a training, besides its cases and its initial weights; and how it is run. Immutable.</summary>
public sealed record TrainerSettings
{
    /// <summary>Network, batch, loss and optimiser; its version decides on the rules of the epochs.</summary>
    public required TrainingStepSettings Step { get; init; }

    /// <summary>The targets of deep supervision.</summary>
    public required DeepSupervisionTargets Targets { get; init; }

    /// <summary>Epochs of the whole training, which the learning rate falls over.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Steps of an epoch.</summary>
    public int IterationsPerEpoch { get; init; } = 250;

    /// <summary>Validation batches of an epoch; STU-Net's v1 trainers take one, v2 takes 50.</summary>
    public int ValidationIterations { get; init; } = 50;

    /// <summary>Learning rate of the first epoch.</summary>
    public double InitialLearningRate { get; init; } = 0.01;

    /// <summary>Seed of samples and initial weights.</summary>
    public ulong Seed { get; init; }

    /// <summary>Epochs from one latest checkpoint to the next, which a killed process loses at most (nnU-Net: 50); changes no result.</summary>
    public int SaveInterval { get; init; } = 1;

    /// <summary>Fold: a number, or all.</summary>
    public string Fold { get; init; } = "0";

    /// <summary>Class name of the trainer, kept with the model.</summary>
    public string Trainer { get; init; } = "";

    /// <summary>Axes 0, 1, 2 of the patch that augmentation flips.</summary>
    public ImmutableArray<int> MirrorAxes { get; init; } = [0, 1, 2];

    /// <summary>Whether augmentation is 2D, slice by slice.</summary>
    public bool InPlane { get; init; }

    /// <summary>Per channel whether it was normalised inside the nonzero mask; empty for none.</summary>
    public IReadOnlyList<bool> MaskedChannels { get; init; } = [];

    /// <summary>The entry of all annotated voxels in the class locations, with an ignore label; else null.</summary>
    public int? AnnotatedEntry { get; init; }

    /// <summary>Share of samples that must contain foreground.</summary>
    public double ForegroundShare { get; init; } = ForegroundOversampling.DefaultShare;

    /// <summary>What the backward pass computes anew to save memory; another choice may round differently.</summary>
    public Recompute Recompute { get; init; } = Recompute.Cheap;

    /// <summary>Threads that prepare samples; changes no result.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready before they are asked for; changes no result.</summary>
    public int Prepared { get; init; } = 2;

    /// <summary>Whose rules.</summary>
    public NnunetVersion Version => Step.Version;

    /// <summary>The polynomial schedule.</summary>
    public PolyLearningRate LearningRate => new(InitialLearningRate, Epochs);

    /// <summary>Foreground classes, or regions: the entries of a pseudo Dice.</summary>
    public int ScoredClasses => Step.Network.Classes - Step.Loss.FirstClass;

    /// <summary>
    /// Every setting that decides the result, by name, as text: what a checkpoint keeps, so that a run is not resumed with others.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Describe()
    {
        string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
        Dictionary<string, string> settings = new()
        {
            ["version"] = Version.ToString(),
            ["trainer"] = Trainer,
            ["fold"] = Fold,
            ["epochs"] = Text(Epochs),
            ["iterations"] = Text(IterationsPerEpoch),
            ["validation_iterations"] = Text(ValidationIterations),
            ["initial_learning_rate"] = Text(InitialLearningRate),
            ["seed"] = Text(Seed),
            ["network"] = Step.Network.ToString(),
            ["batch_size"] = Text(Step.BatchSize),
            ["patch"] = Step.Patch.ToString(),
            ["loss"] = Step.Loss.ToString(),
            ["weights"] = string.Join(' ', Step.Weights.Select(weight => Text(weight))),
            ["targets"] = string.Join(' ', Targets.Sizes),
            ["target_channels"] = Text(Targets.Channels),
            ["mirror_axes"] = string.Join(' ', MirrorAxes),
            ["in_plane"] = InPlane.ToString(),
            ["masked_channels"] = string.Join(' ', MaskedChannels),
            ["annotated_entry"] = AnnotatedEntry is { } entry ? Text(entry) : "",
            ["foreground_share"] = Text(ForegroundShare),
        };
        if (Targets.Regions is { } regions)
            settings["regions"] = string.Join(' ', regions.Regions.Select(labels => string.Join('+', labels)));
        if (Recompute != Recompute.Cheap)
            settings["recompute"] = Recompute.ToString().ToLowerInvariant();
        if (Step.Precision != Precision.F32)
            settings["activations"] = Step.Precision.ToString();
        if (Step.ScalesLoss)
            settings["loss_scale"] = "dynamic";
        return settings.Concat(Step.Optimiser.Describe()).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>Checks what the parts do not check themselves.</summary>
    /// <exception cref="InvalidRequestException">A setting is out of range; the message names it.</exception>
    internal void Check()
    {
        (string Name, int Value)[] counts =
        [
            ("number of epochs", Epochs), ("number of iterations per epoch", IterationsPerEpoch), ("number of validation iterations", ValidationIterations),
            ("save interval", SaveInterval),
        ];
        foreach ((string name, int value) in counts)
        {
            if (value < 1)
                throw new InvalidRequestException($"The {name} is {value}; it must be at least 1.");
        }

        if (!(InitialLearningRate > 0) || !double.IsFinite(InitialLearningRate))
            throw new InvalidRequestException(string.Create(CultureInfo.InvariantCulture, $"The initial learning rate is {InitialLearningRate}; it must be above 0."));
    }
}
