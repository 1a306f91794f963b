using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Training;

/// <summary>
/// The plan of a pretrained model, kept for fine-tuning on another data set: spacing, patch, poolings and axis order stay those the weights were trained
/// with; sizes come from the new data set. The intensities and normalisation the weights know are kept where both have as many channels; else the new data
/// set's channel names and intensities decide, as for weights whose first convolution is repeated.
/// </summary>
public static class PlanTransfer
{
    /// <summary>Patches per training step of the published models.</summary>
    public const int PublishedBatch = 2;

    private const string PlannerName = "PretrainedModel";
    private const int BaseFeatures = 32;
    private const int MaxFeatures = 320;
    private const int ConvolutionsPerStage = 2;

    /// <summary>Transfers nnU-Net v2's plans, all configurations, as <c>nnUNetv2_move_plans_between_datasets</c> does.</summary>
    /// <param name="pretrained">The plans the weights were trained with.</param>
    /// <param name="datasetName">Folder name of the new data set.</param>
    /// <param name="description">Its <c>dataset.json</c>.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <exception cref="InvalidRequestException">The fingerprint has another number of channels than <c>dataset.json</c>.</exception>
    public static ExperimentPlan From(ExperimentPlan pretrained, string datasetName, DatasetDescription description, DatasetFingerprint fingerprint)
    {
        fingerprint.RequireChannelsOf(description, datasetName);
        bool sameChannels = pretrained.Configurations[0].NormalizationSchemes.Length == description.ChannelNames.Length;
        return pretrained with
        {
            DatasetName = datasetName,
            OriginalMedianSpacing = [.. pretrained.TransposeForward.Select(fingerprint.MedianSpacing)],
            OriginalMedianShape = [.. pretrained.TransposeForward.Select(fingerprint.MedianShape)],
            ImageReaderWriter = description.ImageReaderWriter,
            ForegroundIntensities = sameChannels && !pretrained.ForegroundIntensities.IsEmpty ? pretrained.ForegroundIntensities : fingerprint.ForegroundIntensities,
            Configurations =
            [
                .. pretrained.Configurations.Select(configuration =>
                {
                    PlanConfiguration moved = configuration with { MedianImageSizeInVoxels = MedianSize(configuration.Spacing, pretrained.TransposeForward, fingerprint) };
                    return sameChannels ? moved : WithOwnNormalization(moved, description, fingerprint);
                }),
            ],
        };
    }

    /// <summary>Transfers what a model's manifest tells; one configuration, <c>3d_fullres</c>.</summary>
    /// <param name="pretrained">The manifest.</param>
    /// <param name="datasetName">Folder name of the new data set.</param>
    /// <param name="description">Its <c>dataset.json</c>.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <param name="batchSize">Patches per training step, which a manifest does not tell; null where it is not known: the published models had 2.</param>
    /// <exception cref="InvalidRequestException">A normalisation of the model does not exist in nnU-Net v2, or the fingerprint has another number of channels.</exception>
    public static ExperimentPlan From(
        ModelManifest pretrained, string datasetName, DatasetDescription description, DatasetFingerprint fingerprint, int? batchSize = null)
    {
        StuNetConfig network = pretrained.Architecture;
        Grid grid = new(
            pretrained.PatchSize, pretrained.SpacingMm, pretrained.TransposeForward, pretrained.TransposeBackward, network.Strides, network.Kernels, pretrained.Channels, batchSize ?? PublishedBatch);
        return From(grid, datasetName, description, fingerprint);
    }

    /// <summary>Transfers nnU-Net v1's plans: the stage the weights were trained at, as <c>3d_fullres</c>.</summary>
    /// <param name="pretrained">The plans.</param>
    /// <param name="datasetName">Folder name of the new data set.</param>
    /// <param name="description">Its <c>dataset.json</c>.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <exception cref="InvalidFileException">The plans have not one kernel more than poolings.</exception>
    /// <exception cref="InvalidRequestException">A normalisation of the model does not exist in nnU-Net v2, or the fingerprint has another number of channels.</exception>
    public static ExperimentPlan From(NnunetV1PlansFile pretrained, string datasetName, DatasetDescription description, DatasetFingerprint fingerprint)
    {
        (NnunetV1Plans plans, NnunetV1Stage stage) = (pretrained.Plans, pretrained.Stage);
        if (stage.ConvKernelSizes.Length != stage.PoolOpKernelSizes.Length + 1)
            throw new InvalidFileException(pretrained.Path, "conv_kernel_sizes", $"{stage.ConvKernelSizes.Length} kernels for {stage.PoolOpKernelSizes.Length} poolings, expected one more");
        Grid grid = new(
            stage.PatchSize, stage.CurrentSpacing, plans.TransposeForward, plans.TransposeBackward, stage.PoolOpKernelSizes, stage.ConvKernelSizes, plans.Channels, stage.BatchSize);
        return From(grid, datasetName, description, fingerprint);
    }

    private static ExperimentPlan From(Grid pretrained, string datasetName, DatasetDescription description, DatasetFingerprint fingerprint)
    {
        fingerprint.RequireChannelsOf(description, datasetName);
        ImmutableArray<ImmutableArray<int>> poolings = [[1, 1, 1], .. pretrained.Poolings.Select(Row)];
        PlanConfiguration configuration = WithOwnNormalization(
            new PlanConfiguration
            {
                Name = PlanConfiguration.FullResolution,
                DataIdentifier = $"{ExperimentPlan.DefaultName}_{PlanConfiguration.FullResolution}",
                BatchSize = pretrained.BatchSize,
                PatchSize = Row(pretrained.Patch),
                MedianImageSizeInVoxels = MedianSize(pretrained.Spacing, pretrained.Forward, fingerprint),
                Spacing = pretrained.Spacing,
                NormalizationSchemes = [],
                UseMaskForNorm = [],
                UNetBaseNumFeatures = BaseFeatures,
                ConvolutionsPerStageEncoder = [.. poolings.Select(_ => ConvolutionsPerStage)],
                ConvolutionsPerStageDecoder = [.. poolings.Skip(1).Select(_ => ConvolutionsPerStage)],
                NumPoolPerAxis = [.. Enumerable.Range(0, 3).Select(axis => poolings.Count(stride => stride[axis] > 1))],
                PoolOpKernelSizes = poolings,
                ConvKernelSizes = [.. pretrained.Kernels.Select(Row)],
                UNetMaxNumFeatures = MaxFeatures,
                BatchDice = false,
            },
            description, fingerprint);
        ImmutableArray<IntensityProperties> intensities = fingerprint.ForegroundIntensities;
        if (pretrained.Channels.Length == description.ChannelNames.Length)
        {
            configuration = configuration with
            {
                NormalizationSchemes = [.. pretrained.Channels.Select(SchemeOfVersion2)],
                UseMaskForNorm = [.. pretrained.Channels.Select(channel => channel.UseMask && ChannelScheme.CanMask(SchemeOfVersion2(channel)))],
            };
            intensities = [.. pretrained.Channels.Select((channel, i) => channel.Intensity ?? intensities[i])];
        }

        return new ExperimentPlan
        {
            DatasetName = datasetName,
            OriginalMedianSpacing = [.. pretrained.Forward.Select(fingerprint.MedianSpacing)],
            OriginalMedianShape = [.. pretrained.Forward.Select(fingerprint.MedianShape)],
            ImageReaderWriter = description.ImageReaderWriter,
            TransposeForward = pretrained.Forward,
            TransposeBackward = pretrained.Backward,
            Configurations = [configuration],
            ExperimentPlanner = PlannerName,
            ForegroundIntensities = intensities,
        };
    }

    /// <summary>Median size at a spacing of the network's axes; slices lack the first axis.</summary>
    private static ImmutableArray<double> MedianSize(ImmutableArray<double> spacing, ImmutableArray<int> forward, DatasetFingerprint fingerprint) =>
        [.. spacing.Select((length, i) => fingerprint.MedianSizeAt(forward[forward.Length - spacing.Length + i], length))];

    private static PlanConfiguration WithOwnNormalization(PlanConfiguration configuration, DatasetDescription description, DatasetFingerprint fingerprint)
    {
        ImmutableArray<string> schemes = [.. description.ChannelNames.Select(ChannelScheme.Of)];
        return configuration with
        {
            NormalizationSchemes = schemes,
            UseMaskForNorm = [.. schemes.Select(scheme => ChannelScheme.UsesMask(scheme, fingerprint.MedianRelativeSizeAfterCropping))],
        };
    }

    /// <summary>The v2 counterpart of a v1 scheme; v2 schemes are their own.</summary>
    private static string SchemeOfVersion2(ChannelNormalization channel) => channel.Scheme switch
    {
        "CT2" => throw new InvalidRequestException(
            $"Channel {channel.Name} of the pretrained model is normalised by CT2, which nnU-Net v2 does not have; plan without the pretrained model."),
        _ => NormalizationName.Of(channel.Scheme, NnunetVersion.V2) ?? ChannelScheme.ZScore,
    };

    private static ImmutableArray<int> Row(Int3 triple) => [triple.D, triple.H, triple.W];

    /// <summary>What the weights were trained on, as far as every kind of pretrained model tells. Lists run over the network's axes; there is one kernel more than poolings.</summary>
    private sealed record Grid(
        Int3 Patch,
        ImmutableArray<double> Spacing,
        ImmutableArray<int> Forward,
        ImmutableArray<int> Backward,
        ImmutableArray<Int3> Poolings,
        ImmutableArray<Int3> Kernels,
        ImmutableArray<ChannelNormalization> Channels,
        int BatchSize);
}
