using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The JSON form of <see cref="PlanConfiguration"/>.</summary>
internal static class PlanConfigurationJson
{
    private const int MaxStages = 64;
    private const int MaxLength = 1 << 20;
    private const int MaxInheritance = 16;
    private const string InheritsFrom = "inherits_from";

    /// <summary>Reads a configuration with everything it inherits.</summary>
    /// <param name="all">The object of all configurations.</param>
    /// <param name="name">The configuration.</param>
    /// <param name="channels">Channels of the plan; 0 where it does not tell them otherwise.</param>
    public static PlanConfiguration Read(JsonField all, string name, int channels)
    {
        Settings settings = new(all, name);
        int dimensions = settings["patch_size"].List(item => item.Int(1, MaxLength), 2, 3).Length;
        ImmutableArray<ImmutableArray<int>> Triples(string setting, string newer) =>
            (settings.Optional(setting) ?? settings.OfArchitecture(newer) ?? settings[setting]).List(row => row.List(item => item.Int(1, 31), dimensions, dimensions), 1, MaxStages);
        ImmutableArray<int> Counts(string setting, string newer, int length) =>
            (settings.Optional(setting) ?? settings.OfArchitecture(newer) ?? settings[setting]).List(item => item.Int(0, 256), length, length);
        ImmutableArray<ImmutableArray<int>> poolings = Triples("pool_op_kernel_sizes", "strides");
        ImmutableArray<ImmutableArray<int>> kernels = Triples("conv_kernel_sizes", "kernel_sizes");
        if (kernels.Length != poolings.Length)
            throw settings.Wrong($"{kernels.Length} conv_kernel_sizes for {poolings.Length} pool_op_kernel_sizes");
        if (poolings[0].Any(stride => stride != 1))
            throw settings.Wrong("the first of pool_op_kernel_sizes is not all ones");
        ImmutableArray<string> schemes = settings["normalization_schemes"].List(item => item.Text(), Math.Max(1, channels), channels == 0 ? DatasetDescription.MaxChannels : channels);
        ImmutableArray<int> widths = settings.OfArchitecture("features_per_stage")?.List(item => item.Int(1, MaxLength), 1, MaxStages) ?? [];
        return new PlanConfiguration
        {
            Name = name,
            DataIdentifier = settings["data_identifier"].Text(),
            PreprocessorName = settings["preprocessor_name"].Text(),
            BatchSize = settings["batch_size"].Int(1, MaxLength),
            PatchSize = settings["patch_size"].List(item => item.Int(1, MaxLength), 2, 3),
            MedianImageSizeInVoxels = settings["median_image_size_in_voxels"].List(item => item.Number(0, MaxLength), dimensions, dimensions),
            Spacing = settings["spacing"].List(PlanJson.ReadLength, dimensions, dimensions),
            NormalizationSchemes = schemes,
            UseMaskForNorm = settings["use_mask_for_norm"].List(item => item.Bool(), schemes.Length, schemes.Length),
            UNetClassName = settings.Optional("UNet_class_name")?.Text() ?? settings["architecture"]["network_class_name"].Text(),
            UNetBaseNumFeatures = settings.Optional("UNet_base_num_features")?.Int(1, MaxLength) ?? (widths.IsEmpty ? settings["UNet_base_num_features"].Int(1, MaxLength) : widths[0]),
            ConvolutionsPerStageEncoder = Counts("n_conv_per_stage_encoder", "n_conv_per_stage", poolings.Length),
            ConvolutionsPerStageDecoder = Counts("n_conv_per_stage_decoder", "n_conv_per_stage_decoder", poolings.Length - 1),
            NumPoolPerAxis = settings.Optional("num_pool_per_axis")?.List(item => item.Int(0, MaxStages), dimensions, dimensions)
                ?? [.. Enumerable.Range(0, dimensions).Select(axis => poolings.Count(stride => stride[axis] > 1))],
            PoolOpKernelSizes = poolings,
            ConvKernelSizes = kernels,
            UNetMaxNumFeatures = settings.Optional("unet_max_num_features")?.Int(1, MaxLength) ?? (widths.IsEmpty ? settings["unet_max_num_features"].Int(1, MaxLength) : widths.Max()),
            ResamplingOfData = ReadResampling(settings, "resampling_fn_data"),
            ResamplingOfLabels = ReadResampling(settings, "resampling_fn_seg"),
            ResamplingOfProbabilities = ReadResampling(settings, "resampling_fn_probabilities"),
            BatchDice = settings["batch_dice"].Bool(),
            NextStages = settings.Optional("next_stage") is { } next ? ReadNames(next) : [],
            PreviousStage = settings.Optional("previous_stage")?.Text(),
            InheritsFrom = all[name].Optional(InheritsFrom)?.Text(),
        };
    }

    /// <summary>All settings of a configuration, inherited ones too.</summary>
    public static JsonObject Write(PlanConfiguration configuration)
    {
        JsonObject json = [];
        if (configuration.InheritsFrom is { } parent)
            json[InheritsFrom] = parent;
        json["data_identifier"] = configuration.DataIdentifier;
        json["preprocessor_name"] = configuration.PreprocessorName;
        json["batch_size"] = configuration.BatchSize;
        json["patch_size"] = NnunetJson.Integers(configuration.PatchSize);
        json["median_image_size_in_voxels"] = NnunetJson.Floats(configuration.MedianImageSizeInVoxels);
        json["spacing"] = NnunetJson.Floats(configuration.Spacing);
        json["normalization_schemes"] = NnunetJson.Texts(configuration.NormalizationSchemes);
        json["use_mask_for_norm"] = new JsonArray([.. configuration.UseMaskForNorm.Select(mask => (JsonNode)mask)]);
        json["UNet_class_name"] = configuration.UNetClassName;
        json["UNet_base_num_features"] = configuration.UNetBaseNumFeatures;
        json["n_conv_per_stage_encoder"] = NnunetJson.Integers(configuration.ConvolutionsPerStageEncoder);
        json["n_conv_per_stage_decoder"] = NnunetJson.Integers(configuration.ConvolutionsPerStageDecoder);
        json["num_pool_per_axis"] = NnunetJson.Integers(configuration.NumPoolPerAxis);
        json["pool_op_kernel_sizes"] = NnunetJson.Rows(configuration.PoolOpKernelSizes.Select(row => row.AsEnumerable()));
        json["conv_kernel_sizes"] = NnunetJson.Rows(configuration.ConvKernelSizes.Select(row => row.AsEnumerable()));
        json["unet_max_num_features"] = configuration.UNetMaxNumFeatures;
        json["resampling_fn_data"] = configuration.ResamplingOfData.Function;
        json["resampling_fn_seg"] = configuration.ResamplingOfLabels.Function;
        json["resampling_fn_data_kwargs"] = WriteResampling(configuration.ResamplingOfData);
        json["resampling_fn_seg_kwargs"] = WriteResampling(configuration.ResamplingOfLabels);
        json["resampling_fn_probabilities"] = configuration.ResamplingOfProbabilities.Function;
        json["resampling_fn_probabilities_kwargs"] = WriteResampling(configuration.ResamplingOfProbabilities);
        json["batch_dice"] = configuration.BatchDice;
        if (configuration.NextStages is [string only])
            json["next_stage"] = only;
        else if (!configuration.NextStages.IsEmpty)
            json["next_stage"] = NnunetJson.Texts(configuration.NextStages);
        if (configuration.PreviousStage is { } previous)
            json["previous_stage"] = previous;
        return json;
    }

    /// <summary>Leaves only what a configuration says differently from the one it inherits from.</summary>
    public static void RemoveShared(JsonObject own, JsonObject parent)
    {
        foreach ((string name, JsonNode? value) in own.ToArray())
        {
            if (name != InheritsFrom && parent.TryGetPropertyValue(name, out JsonNode? inherited) && JsonNode.DeepEquals(value, inherited))
                own.Remove(name);
        }
    }

    private static ResamplingSettings ReadResampling(Settings settings, string name)
    {
        JsonField arguments = settings[name + "_kwargs"];
        return new ResamplingSettings(
            settings[name].Text(), arguments["is_seg"].Bool(), arguments["order"].Int(0, 5), arguments["order_z"].Int(0, 5), arguments.Optional("force_separate_z")?.Bool());
    }

    private static JsonObject WriteResampling(ResamplingSettings settings) => new()
    {
        ["is_seg"] = settings.IsSegmentation,
        ["order"] = settings.Order,
        ["order_z"] = settings.OrderZ,
        ["force_separate_z"] = settings.ForceSeparateZ,
    };

    private static ImmutableArray<string> ReadNames(JsonField field) =>
        field.Value.ValueKind == JsonValueKind.Array ? field.List(item => item.Text(), 0, MaxStages) : [field.Text()];

    /// <summary>A configuration and those it inherits from; the nearest that has a setting decides.</summary>
    private sealed class Settings
    {
        private readonly List<JsonField> _chain;

        public Settings(JsonField all, string name)
        {
            _chain = [all[name]];
            while (_chain[^1].Optional(InheritsFrom) is { } parent)
            {
                if (_chain.Count == MaxInheritance)
                    throw parent.Wrong("configurations inherit from each other in a circle");
                _chain.Add(all[parent.Text()]);
            }
        }

        public JsonField this[string name] => Optional(name) ?? _chain[0][name];

        public JsonField? Optional(string name)
        {
            foreach (JsonField configuration in _chain)
            {
                if (configuration.Optional(name) is { } value)
                    return value;
            }

            return null;
        }

        /// <summary>A setting of the form that nnU-Net 2.5 and later give the network.</summary>
        public JsonField? OfArchitecture(string name) => Optional("architecture")?.Optional("arch_kwargs")?.Optional(name);

        public Core.InvalidFileException Wrong(string problem) => _chain[0].Wrong(problem);
    }
}
