using System.Collections.Immutable;

namespace STUNet.WeightsConverter;

/// <summary>The data set and the plan a model was trained with: nnU-Net v2's files as they are, and what the plans of v1 take from them.</summary>
public sealed record ExportedPlans
{
    /// <summary>The configuration that was trained, such as <c>3d_fullres</c>.</summary>
    public required string Configuration { get; init; }

    /// <summary>Text of <c>plans.json</c>.</summary>
    public required string Plans { get; init; }

    /// <summary>Text of <c>dataset.json</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Text of <c>dataset_fingerprint.json</c>; null where it is not known.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Patches of a training step.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>Whether the Dice loss sums over the patches of a batch.</summary>
    public bool BatchDice { get; init; }

    /// <summary>Whether the patch is so flat that augmentation is 2D, slice by slice.</summary>
    public bool InPlane { get; init; }

    /// <summary>Median spacing of the images, three values in mm, transposed; empty where it is not known.</summary>
    public ImmutableArray<double> OriginalSpacing { get; init; } = [];

    /// <summary>Median size of the cropped images at the network's spacing, transposed; empty where it is not known.</summary>
    public ImmutableArray<double> MedianShape { get; init; } = [];
}
