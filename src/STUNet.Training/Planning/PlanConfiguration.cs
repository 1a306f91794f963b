using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>
/// One configuration of a plan, such as <c>3d_fullres</c>. Lists run over the axes of the network, coarsest first (the plan's transpose is applied);
/// two entries for <c>2d</c>, else three. What a file inherits from another configuration is filled in.
/// </summary>
public sealed record PlanConfiguration
{
    /// <summary>Full resolution.</summary>
    public const string FullResolution = "3d_fullres";

    /// <summary>Low resolution, for images much larger than a patch.</summary>
    public const string LowResolution = "3d_lowres";

    /// <summary>Full resolution, given the result of the low one.</summary>
    public const string Cascade = "3d_cascade_fullres";

    /// <summary>Slices.</summary>
    public const string Slices = "2d";

    /// <summary>The configuration's name.</summary>
    public required string Name { get; init; }

    /// <summary>Folder name of the preprocessed cases.</summary>
    public required string DataIdentifier { get; init; }

    /// <summary>nnU-Net's name of the preprocessing.</summary>
    public string PreprocessorName { get; init; } = "DefaultPreprocessor";

    /// <summary>Patches per training step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Voxels of a patch per axis.</summary>
    public required ImmutableArray<int> PatchSize { get; init; }

    /// <summary>Median size of the resampled cases per axis; fractional where the number of cases is even.</summary>
    public required ImmutableArray<double> MedianImageSizeInVoxels { get; init; }

    /// <summary>Spacing the network works at per axis, mm.</summary>
    public required ImmutableArray<double> Spacing { get; init; }

    /// <summary>nnU-Net v2's name of the normalisation of every channel.</summary>
    public required ImmutableArray<string> NormalizationSchemes { get; init; }

    /// <summary>Whether a channel is normalised over its nonzero region only.</summary>
    public required ImmutableArray<bool> UseMaskForNorm { get; init; }

    /// <summary>nnU-Net's own network, which STU-Net takes the place of.</summary>
    public string UNetClassName { get; init; } = "PlainConvUNet";

    /// <summary>Channels of the first stage of nnU-Net's own network.</summary>
    public required int UNetBaseNumFeatures { get; init; }

    /// <summary>Convolutions per stage of its encoder.</summary>
    public required ImmutableArray<int> ConvolutionsPerStageEncoder { get; init; }

    /// <summary>Convolutions per stage of its decoder.</summary>
    public required ImmutableArray<int> ConvolutionsPerStageDecoder { get; init; }

    /// <summary>Halvings per axis.</summary>
    public required ImmutableArray<int> NumPoolPerAxis { get; init; }

    /// <summary>Stride into every stage; the first entry is all ones.</summary>
    public required ImmutableArray<ImmutableArray<int>> PoolOpKernelSizes { get; init; }

    /// <summary>Kernel of every stage.</summary>
    public required ImmutableArray<ImmutableArray<int>> ConvKernelSizes { get; init; }

    /// <summary>Channels of nnU-Net's own network at most.</summary>
    public required int UNetMaxNumFeatures { get; init; }

    /// <summary>How images are resampled.</summary>
    public ResamplingSettings ResamplingOfData { get; init; } = ResamplingSettings.Images;

    /// <summary>How label maps are resampled.</summary>
    public ResamplingSettings ResamplingOfLabels { get; init; } = ResamplingSettings.Labels;

    /// <summary>How probabilities are resampled.</summary>
    public ResamplingSettings ResamplingOfProbabilities { get; init; } = ResamplingSettings.Probabilities;

    /// <summary>Whether the Dice loss sums over the batch before it divides.</summary>
    public required bool BatchDice { get; init; }

    /// <summary>The configurations that take this one's result; mostly none.</summary>
    public ImmutableArray<string> NextStages { get; init; } = [];

    /// <summary>The configuration whose result this one takes; null for none.</summary>
    public string? PreviousStage { get; init; }

    /// <summary>The configuration whose settings this one shares where it says nothing else; null for none.</summary>
    public string? InheritsFrom { get; init; }
}
