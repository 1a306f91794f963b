using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>How a configuration's training cases are preprocessed. Immutable.</summary>
public sealed record PreprocessingRecipe
{
    /// <summary>Which nnU-Net: v1 resamples before it normalises and refuses images of zeros, v2 normalises first.</summary>
    public required NnunetVersion Version { get; init; }

    /// <summary>The transpose from the image's order of axes to the network's.</summary>
    public required AxisPermutation Forward { get; init; }

    /// <summary>Spacing the network works at, mm, network order; two entries for slices, which keep the spacing between them.</summary>
    public required ImmutableArray<double> Spacing { get; init; }

    /// <summary>Normalisation of every channel.</summary>
    public required ImmutableArray<IntensityRule> Channels { get; init; }

    /// <summary>The label values of every class whose voxels are remembered.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Classes { get; init; }

    /// <summary>The label values a label map may have.</summary>
    public required ImmutableArray<int> Labels { get; init; }

    /// <summary>Interpolation of the image.</summary>
    public InterpolationOrder ImageOrder { get; init; } = InterpolationOrder.Cubic;

    /// <summary>Interpolation of the label map.</summary>
    public InterpolationOrder LabelOrder { get; init; } = InterpolationOrder.Linear;

    /// <summary>Whether the image's coarse axis is resampled on its own; null lets the spacings decide.</summary>
    public bool? SeparateImageAxis { get; init; }

    /// <summary>The same for the label map.</summary>
    public bool? SeparateLabelAxis { get; init; }

    /// <summary>The recipe of a v2 plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="configuration">One of its configurations.</param>
    /// <param name="description">The data set.</param>
    /// <param name="version">Whose rules; the plan's spacing, intensities and masks are the same for both.</param>
    /// <exception cref="InvalidRequestException">The plan asks for what that nnU-Net's own preprocessing does not have, or is one of another data set.</exception>
    public static PreprocessingRecipe Of(ExperimentPlan plan, PlanConfiguration configuration, DatasetDescription description, NnunetVersion version)
    {
        if (configuration.NormalizationSchemes.Length != description.ChannelNames.Length)
        {
            throw new InvalidRequestException(
                $"The plans are for {configuration.NormalizationSchemes.Length} channels, {DatasetDescription.FileName} declares {description.ChannelNames.Length}; plan this data set anew.");
        }

        DatasetLabels labels = description.Labels;
        if ((labels.Ignore ?? labels.Values[^1]) > short.MaxValue)
            throw new InvalidRequestException($"The largest label of {DatasetDescription.FileName} is above {short.MaxValue}; number the labels without gaps.");
        (ResamplingSettings image, ResamplingSettings label) = (configuration.ResamplingOfData, configuration.ResamplingOfLabels);
        if (image.IsSegmentation || !label.IsSegmentation || image.OrderZ != 0 || label.OrderZ != 0 || image.Order is not (0 or 1 or 3) || label.Order is not (0 or 1))
        {
            throw new InvalidRequestException(
                $"The plans resample {configuration.Name} with orders {image.Order} and {label.Order} (along a coarse axis {image.OrderZ} and {label.OrderZ}); images can have order 0, 1 or 3, label maps 0 or 1, coarse axes 0.");
        }

        return new PreprocessingRecipe
        {
            Version = version,
            Forward = new AxisPermutation(plan.TransposeForward[0], plan.TransposeForward[1], plan.TransposeForward[2]),
            Spacing = configuration.Spacing,
            Channels = [.. configuration.NormalizationSchemes.Select((scheme, c) => new IntensityRule(
                Scheme(scheme, version), configuration.UseMaskForNorm[c], Statistics(plan.ForegroundIntensities, c)))],
            // v1 knows no ignore label, but training needs the entry of all annotated voxels.
            Classes = LocationClasses.Of(labels, labels.Ignore is null ? version : NnunetVersion.V2),
            Labels = labels.Ignore is { } ignore ? [.. labels.Values, ignore] : labels.Values,
            ImageOrder = (InterpolationOrder)image.Order,
            LabelOrder = (InterpolationOrder)label.Order,
            SeparateImageAxis = image.ForceSeparateZ,
            SeparateLabelAxis = label.ForceSeparateZ,
        };
    }

    /// <summary>The network's spacing for one image.</summary>
    /// <param name="image">The image's spacing, image order.</param>
    internal Spacing TargetFor(Spacing image) => Spacing.Length == 3
        ? new Spacing(Spacing[0], Spacing[1], Spacing[2])
        : new Spacing(image[Forward[0]], Spacing[0], Spacing[1]);

    private static NormalizationScheme Scheme(string name, NnunetVersion version)
    {
        NormalizationScheme scheme = NormalizationNames.OfVersion2(name);
        return version == NnunetVersion.V2 ? scheme : NormalizationNames.OfVersion1(ChannelScheme.OfVersion1(name));
    }

    private static IntensityStatistics? Statistics(ImmutableArray<IntensityProperties> intensities, int channel) => channel < intensities.Length
        ? new IntensityStatistics(intensities[channel].Mean, intensities[channel].StandardDeviation, intensities[channel].Percentile005, intensities[channel].Percentile995)
        : null;
}
