using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>What a training does otherwise than its trainer and the plan say. Immutable.</summary>
public sealed record TrainerChanges
{
    /// <summary>The trainer as it is.</summary>
    public static TrainerChanges None { get; } = new();

    /// <summary>Channels per stage, for networks smaller than the published ones; empty for the trainer's.</summary>
    public ImmutableArray<int> Dims { get; init; } = [];

    /// <summary>Residual blocks per stage, or one number for all; empty for the trainer's.</summary>
    public ImmutableArray<int> Depth { get; init; } = [];

    /// <summary>
    /// Axes 0, 1, 2 of the patch that augmentation flips, and prediction. A network that must tell left from right in what looks the same on both sides
    /// learns it faster without the axis from left to right.
    /// </summary>
    public ImmutableArray<int> MirrorAxes { get; init; } = [0, 1, 2];
}
