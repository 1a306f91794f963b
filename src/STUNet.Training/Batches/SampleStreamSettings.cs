using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What a stream of batches is made of. Immutable.</summary>
public sealed record SampleStreamSettings
{
    /// <summary>Whose rules.</summary>
    public required NnunetVersion Version { get; init; }

    /// <summary>Size of the network's patch.</summary>
    public required Int3 Patch { get; init; }

    /// <summary>Samples of a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Batches of an epoch.</summary>
    public required int BatchesPerEpoch { get; init; }

    /// <summary>The targets to make.</summary>
    public required DeepSupervisionTargets Targets { get; init; }

    /// <summary>Whether samples are augmented; validation's are not.</summary>
    public bool IsAugmented { get; init; } = true;

    /// <summary>Axes 0, 1, 2 of the patch that augmentation flips.</summary>
    public IReadOnlyList<int> MirrorAxes { get; init; } = [0, 1, 2];

    /// <summary>Whether augmentation is 2D, slice by slice; both versions decide by <see cref="LoaderPatch.IsAugmentedInPlane"/>.</summary>
    public bool InPlane { get; init; }

    /// <summary>Per channel whether it was normalised inside the nonzero mask; empty for none.</summary>
    public IReadOnlyList<bool> MaskedChannels { get; init; } = [];

    /// <summary>The entry of all annotated voxels in the class locations, with an ignore label; else null.</summary>
    public int? AnnotatedEntry { get; init; }

    /// <summary>Share of samples that must contain foreground.</summary>
    public double ForegroundShare { get; init; } = ForegroundOversampling.DefaultShare;

    /// <summary>Seed of all random numbers; training and validation should not share it.</summary>
    public ulong Seed { get; init; }

    /// <summary>The first epoch to deliver.</summary>
    public int FirstEpoch { get; init; }

    /// <summary>The first batch of that epoch to deliver; <see cref="BatchesPerEpoch"/> begins with the next epoch.</summary>
    public int FirstBatch { get; init; }

    /// <summary>Threads that prepare samples; batches do not depend on it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready before they are asked for.</summary>
    public int Prepared { get; init; } = 2;
}
