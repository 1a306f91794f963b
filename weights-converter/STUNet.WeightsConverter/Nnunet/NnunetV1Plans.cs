using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>nnU-Net v1 plans, as far as inference and training of STU-Net need them.</summary>
public sealed record NnunetV1Plans
{
    private const int MaxChannels = 4096;

    private NnunetV1Plans(PickleField root)
    {
        NumModalities = root["num_modalities"].Int(1, MaxChannels);
        NumClasses = root["num_classes"].Int(1, ushort.MaxValue);
        NormalizationSchemes = root["normalization_schemes"].Indexed(NumModalities, item => item.Text());
        Modalities = root.Optional("modalities")?.Indexed(NumModalities, item => item.Text()) ?? NormalizationSchemes;
        UseMaskForNorm = root.Optional("use_mask_for_norm")?.Indexed(NumModalities, item => item.Bool()) ?? [.. Enumerable.Repeat(false, NumModalities)];
        AllClasses = root.Optional("all_classes")?.List(item => item.Int(0, ushort.MaxValue)) ?? [.. Enumerable.Range(1, NumClasses)];
        TransposeForward = root.Optional("transpose_forward")?.List(item => item.Int(0, 2), 3, 3) ?? [0, 1, 2];
        TransposeBackward = root.Optional("transpose_backward")?.List(item => item.Int(0, 2), 3, 3) ?? [0, 1, 2];
        BaseNumFeatures = root.Optional("base_num_features")?.Int(1, 1 << 16);
        DataIdentifier = root.Optional("data_identifier")?.Text() ?? "";
        PreprocessorName = root.Optional("preprocessor_name")?.Text() ?? "GenericPreprocessor";
        IntensityProperties = ReadIntensities(root, NumModalities);
        Export = root.Optional("segmentation_export_params") is { } export ? ReadExport(export) : ExportParameters.Default;
        Stages = root.Optional("plans_per_stage") is { } stages ? ReadStages(stages) : ImmutableSortedDictionary<int, NnunetV1Stage>.Empty;
    }

    /// <summary>Input channels.</summary>
    public int NumModalities { get; }

    /// <summary>Classes without background.</summary>
    public int NumClasses { get; }

    /// <summary>Name of each channel.</summary>
    public ImmutableArray<string> Modalities { get; }

    /// <summary>CT, CT2, nonCT or noNorm per channel.</summary>
    public ImmutableArray<string> NormalizationSchemes { get; }

    /// <summary>Per channel, whether statistics come from the nonzero region only.</summary>
    public ImmutableArray<bool> UseMaskForNorm { get; }

    /// <summary>Statistics per channel; null entries where the plans have none.</summary>
    public ImmutableArray<IntensityProperties?> IntensityProperties { get; }

    /// <summary>Name, scheme, mask and statistics of every channel.</summary>
    public ImmutableArray<ChannelNormalization> Channels =>
        [.. Enumerable.Range(0, NumModalities).Select(channel => new ChannelNormalization(Modalities[channel], NormalizationSchemes[channel], UseMaskForNorm[channel], IntensityProperties[channel]))];

    /// <summary>Label values of the foreground.</summary>
    public ImmutableArray<int> AllClasses { get; }

    /// <summary>Axis i of the network's volume is axis <c>TransposeForward[i]</c> of the image (z, y, x).</summary>
    public ImmutableArray<int> TransposeForward { get; }

    /// <summary>The inverse of <see cref="TransposeForward"/>.</summary>
    public ImmutableArray<int> TransposeBackward { get; }

    /// <summary>Width the planner chose; STU-Net ignores it. Null where the plans do not say.</summary>
    public int? BaseNumFeatures { get; }

    /// <summary>Prefix of the preprocessed data's folders.</summary>
    public string DataIdentifier { get; }

    /// <summary>Class name of the preprocessor.</summary>
    public string PreprocessorName { get; }

    /// <summary>How results are resampled to the image's grid.</summary>
    public ExportParameters Export { get; }

    /// <summary>The resolutions by number; empty in trimmed plans such as the published plans.pkl.</summary>
    public ImmutableSortedDictionary<int, NnunetV1Stage> Stages { get; }

    /// <summary>Reads a <c>plans.pkl</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, damaged, hostile, or a field is missing or wrong; the message names it.</exception>
    public static NnunetV1Plans Read(string path) => Read(PickleFile.Read(path));

    internal static NnunetV1Plans Read(PickleField root) => new(root);

    private static ImmutableArray<IntensityProperties?> ReadIntensities(PickleField root, int channels)
    {
        PickleField? field = root.Optional("dataset_properties")?.Optional("intensityproperties");
        return [.. Enumerable.Range(0, channels).Select(channel => field?.OptionalAt(channel) is { } entry ? ReadIntensity(entry) : null)];
    }

    private static IntensityProperties ReadIntensity(PickleField field) => new(
        field["mean"].Double(),
        field["sd"].Double(),
        field["median"].Double(),
        field["mn"].Double(),
        field["mx"].Double(),
        field["percentile_00_5"].Double(),
        field["percentile_99_5"].Double());

    private static ExportParameters ReadExport(PickleField field) => new(
        field.Optional("force_separate_z")?.Bool(),
        field.Optional("interpolation_order")?.Int(0, 5) ?? ExportParameters.Default.InterpolationOrder,
        field.Optional("interpolation_order_z")?.Int(0, 5) ?? ExportParameters.Default.InterpolationOrderZ);

    private static ImmutableSortedDictionary<int, NnunetV1Stage> ReadStages(PickleField field)
    {
        if (!field.IsDict)
            return field.List(NnunetV1Stage.Read, 0, 16).Select((stage, index) => (stage, index)).ToImmutableSortedDictionary(pair => pair.index, pair => pair.stage);
        ImmutableSortedDictionary<int, NnunetV1Stage>.Builder stages = ImmutableSortedDictionary.CreateBuilder<int, NnunetV1Stage>();
        foreach ((object key, PickleField stage) in field.Members())
        {
            if (key is not (>= 0L and < 16L))
                throw stage.Wrong("expected stage numbers 0 to 15 as keys");
            stages[(int)(long)key] = NnunetV1Stage.Read(stage);
        }

        return stages.ToImmutable();
    }
}
