using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>What a v2 checkpoint says about its model: the plan of its configuration, dataset.json, trainer and mirroring axes.</summary>
internal sealed record NnunetV2Settings
{
    private const int MaxChannels = 4096;
    private const int MaxBatch = 1 << 20;
    private const int MaxInheritance = 16;

    private NnunetV2Settings(PickleField root)
    {
        PickleField arguments = root["init_args"];
        PickleField plans = arguments["plans"];
        ImmutableArray<PickleField> chain = Inheritance(plans["configurations"], arguments["configuration"].Text());
        PickleField Setting(string name) =>
            OptionalSetting(chain, name) ?? throw chain[0].Wrong($"{name} missing");

        Trainer = root["trainer_name"].Text();
        MirrorAxes = root.Optional("inference_allowed_mirroring_axes")?.List(item => item.Int(0, 2), 0, 3) ?? [];
        BatchSize = OptionalSetting(chain, "batch_size")?.Int(1, MaxBatch);
        PatchSize = Setting("patch_size").Triple();
        SpacingMm = Setting("spacing").List(item => item.Double(), 3, 3);
        ImmutableArray<Int3> strides = (OptionalSetting(chain, "pool_op_kernel_sizes") ?? Setting("architecture")["arch_kwargs"]["strides"])
            .List(item => item.Triple(), 1, 64);
        Poolings = strides[1..];
        TransposeForward = plans.Optional("transpose_forward")?.List(item => item.Int(0, 2), 3, 3) ?? [0, 1, 2];
        TransposeBackward = plans.Optional("transpose_backward")?.List(item => item.Int(0, 2), 3, 3) ?? [0, 1, 2];

        PickleField dataset = arguments["dataset_json"];
        PickleField names = dataset.Optional("channel_names") ?? dataset["modality"];
        ImmutableArray<string> schemes = Setting("normalization_schemes").List(item => item.Text(), 1, MaxChannels);
        ImmutableArray<bool> masks = Setting("use_mask_for_norm").List(item => item.Bool(), schemes.Length, schemes.Length);
        PickleField? intensities = plans.Optional("foreground_intensity_properties_per_channel")
            ?? plans.Optional("foreground_intensity_properties_by_modality");
        Channels =
        [
            .. schemes.Select((scheme, channel) => new ChannelNormalization(
                names.OptionalAt(channel)?.Text() ?? throw names.Wrong($"no name for channel {channel}"),
                scheme,
                masks[channel],
                intensities?.OptionalAt(channel) is { } entry ? ReadIntensity(entry) : null)),
        ];
        (Labels, Regions) = ReadLabels(dataset);
    }

    public string Trainer { get; }

    public ImmutableArray<int> MirrorAxes { get; }

    /// <summary>Patches per training step; null where the plans do not say.</summary>
    public int? BatchSize { get; }

    public Int3 PatchSize { get; }

    public ImmutableArray<double> SpacingMm { get; }

    /// <summary>Strides without the leading (1, 1, 1).</summary>
    public ImmutableArray<Int3> Poolings { get; }

    public ImmutableArray<int> TransposeForward { get; }

    public ImmutableArray<int> TransposeBackward { get; }

    public ImmutableArray<ChannelNormalization> Channels { get; }

    /// <summary>Names of the labels that are one value each, without an ignore label.</summary>
    public ImmutableSortedDictionary<int, string> Labels { get; }

    /// <summary>What the outputs stand for, where some stand for several labels; else empty.</summary>
    public ImmutableArray<OutputRegion> Regions { get; }

    public static NnunetV2Settings Read(PickleField root) => new(root);

    private static ImmutableArray<PickleField> Inheritance(PickleField configurations, string name)
    {
        List<PickleField> chain = [configurations[name]];
        while (chain[^1].Optional("inherits_from") is { } parent)
        {
            if (chain.Count == MaxInheritance)
                throw parent.Wrong("configurations inherit from each other in a circle");
            chain.Add(configurations[parent.Text()]);
        }

        return [.. chain];
    }

    private static PickleField? OptionalSetting(ImmutableArray<PickleField> chain, string name)
    {
        foreach (PickleField configuration in chain)
        {
            if (configuration.Optional(name) is { } value)
                return value;
        }

        return null;
    }

    private static IntensityProperties ReadIntensity(PickleField field) => new(
        field["mean"].Double(),
        field["std"].Double(),
        field["median"].Double(),
        field["min"].Double(),
        field["max"].Double(),
        field["percentile_00_5"].Double(),
        field["percentile_99_5"].Double());

    private static (ImmutableSortedDictionary<int, string> Labels, ImmutableArray<OutputRegion> Regions) ReadLabels(PickleField dataset)
    {
        ImmutableSortedDictionary<int, string>.Builder labels = ImmutableSortedDictionary.CreateBuilder<int, string>();
        List<(string Name, ImmutableArray<int> Values)> entries = [];
        foreach ((object key, PickleField entry) in dataset["labels"].Members())
        {
            if (key is not string name)
                throw entry.Wrong("expected names as keys");
            if (name == "ignore")
                continue;
            ImmutableArray<int> values = entry.Value is long ? [entry.Int(0, ushort.MaxValue)] : entry.List(item => item.Int(0, ushort.MaxValue), 1);
            if (values.Length == 1 && !labels.TryAdd(values[0], name))
                throw entry.Wrong($"label {values[0]} has two names");
            if (values.Length > 1 && values.Contains(0))
                throw entry.Wrong("a region of several labels holds the background");
            entries.Add((name, values));
        }

        if (entries.All(entry => entry.Values.Length == 1))
            return (labels.ToImmutable(), []);
        (string Name, ImmutableArray<int> Values)[] outputs = [.. entries.Where(entry => entry.Values[0] != 0)];
        ImmutableArray<int> order = dataset["regions_class_order"].List(item => item.Int(1, ushort.MaxValue), 1);
        return order.Length == outputs.Length
            ? (labels.ToImmutable(), [.. outputs.Select((output, i) => new OutputRegion(output.Name, output.Values, order[i]))])
            : throw dataset["regions_class_order"].Wrong($"{order.Length} values for {outputs.Length} regions");
    }
}
