using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>The objects in the files of nnU-Net v2.</summary>
internal static class NnunetV2Objects
{
    private const string Configuration = "3d_fullres";
    private const string Background = "background";
    private const int BatchSize = 2;
    private const int MaxFeatures = 320;
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static PickleDict Checkpoint(
        PickleCall weights, PickleDict? optimizer, ExportedTraining? training, ModelManifest manifest, ExportedPlans planned, string trainer, string fold) => Dict(
        ("network_weights", weights),
        ("optimizer_state", optimizer),
        ("grad_scaler_state", TrainingObjects.LossScale(training)),
        ("logging", TrainingObjects.Logging(training)),
        ("_best_ema", TrainingObjects.BestDice(training)),
        ("current_epoch", (long)(training?.Epoch ?? 0)),
        ("init_args", Dict(
            ("plans", OfJson(JsonNode.Parse(planned.Plans))),
            ("configuration", planned.Configuration),
            ("fold", NnunetV1Objects.FoldValue(fold)),
            ("dataset_json", OfJson(JsonNode.Parse(planned.Dataset))),
            ("unpack_dataset", true),
            ("device", new PickleCall(new PickleName("torch", "device"), Tuple("cpu"))))),
        ("trainer_name", trainer),
        ("inference_allowed_mirroring_axes", manifest.MirrorAxes.IsEmpty ? null : new PickleTuple([.. manifest.MirrorAxes.Select(axis => (object?)(long)axis)])));

    /// <summary>Plans and data set as far as a model tells of them, where those it was trained with are not known.</summary>
    public static ExportedPlans Described(ModelManifest manifest, ChannelNormalization[] channels) => new()
    {
        Configuration = Configuration,
        Plans = Plans(manifest, channels).ToJsonString(Readable),
        Dataset = Dataset(manifest).ToJsonString(Readable),
    };

    private static JsonObject Plans(ModelManifest manifest, ChannelNormalization[] channels) => new()
    {
        ["dataset_name"] = "Dataset001_Exported",
        ["plans_name"] = "nnUNetPlans",
        ["original_median_spacing_after_transp"] = Values(manifest.SpacingMm),
        ["original_median_shape_after_transp"] = Triple(manifest.PatchSize),
        ["image_reader_writer"] = "SimpleITKIO",
        ["transpose_forward"] = Values(manifest.TransposeForward),
        ["transpose_backward"] = Values(manifest.TransposeBackward),
        ["configurations"] = new JsonObject { [Configuration] = Planned(manifest, channels) },
        ["experiment_planner_used"] = "ExperimentPlanner",
        ["label_manager"] = "LabelManager",
        ["foreground_intensity_properties_per_channel"] = new JsonObject(channels
            .Select((channel, index) => (Index: index, channel.Intensity))
            .Where(entry => entry.Intensity is not null)
            .Select(entry => KeyValuePair.Create<string, JsonNode?>(Key(entry.Index), Intensity(entry.Intensity!)))),
    };

    private static JsonObject Dataset(ModelManifest manifest)
    {
        JsonObject labels = new() { [Background] = 0 };
        // Names are keys there, and "ignore" has a meaning of its own.
        void Add(string name, int number, JsonNode value) => labels[labels.ContainsKey(name) || name == "ignore" ? $"{name}_{number}" : name] = value;
        for (int value = 1; manifest.Regions.IsEmpty && value < manifest.Architecture.Classes; value++)
            Add(manifest.Labels.GetValueOrDefault(value, $"label_{value}"), value, value);
        for (int i = 0; i < manifest.Regions.Length; i++)
            Add(manifest.Regions[i].Name, i + 1, manifest.Regions[i].Labels is [int single] ? single : Values(manifest.Regions[i].Labels));
        JsonObject dataset = new()
        {
            ["channel_names"] = new JsonObject(manifest.Channels.Select((channel, index) => KeyValuePair.Create<string, JsonNode?>(Key(index), channel.Name))),
            ["labels"] = labels,
            ["numTraining"] = 0,
            ["file_ending"] = ".nii.gz",
        };
        if (!manifest.Regions.IsEmpty)
            dataset["regions_class_order"] = Values(manifest.Regions.Select(region => region.Label));
        return dataset;
    }

    private static JsonObject Planned(ModelManifest manifest, ChannelNormalization[] channels)
    {
        StuNetConfig network = manifest.Architecture;
        JsonArray Strides() => [Triple(Int3.One), .. network.Strides.Select(stride => (JsonNode)Triple(stride))];
        return new JsonObject
        {
            ["data_identifier"] = $"nnUNetPlans_{Configuration}",
            ["preprocessor_name"] = "DefaultPreprocessor",
            ["batch_size"] = BatchSize,
            ["patch_size"] = Triple(manifest.PatchSize),
            ["median_image_size_in_voxels"] = Triple(manifest.PatchSize),
            ["spacing"] = Values(manifest.SpacingMm),
            ["normalization_schemes"] = Values(channels.Select(channel => channel.Scheme)),
            ["use_mask_for_norm"] = Values(channels.Select(channel => channel.UseMask)),
            ["UNet_class_name"] = "PlainConvUNet",
            ["UNet_base_num_features"] = 32,
            ["n_conv_per_stage_encoder"] = Values(Enumerable.Repeat(2, network.Stages)),
            ["n_conv_per_stage_decoder"] = Values(Enumerable.Repeat(2, network.Stages - 1)),
            ["num_pool_per_axis"] = Values(Enumerable.Range(0, 3).Select(axis => network.Strides.Count(stride => stride[axis] > 1))),
            ["pool_op_kernel_sizes"] = Strides(),
            ["conv_kernel_sizes"] = new JsonArray([.. network.Kernels.Select(kernel => (JsonNode)Triple(kernel))]),
            ["unet_max_num_features"] = MaxFeatures,
            ["resampling_fn_data"] = "resample_data_or_seg_to_shape",
            ["resampling_fn_seg"] = "resample_data_or_seg_to_shape",
            ["resampling_fn_data_kwargs"] = Resampling(isLabels: false, order: 3),
            ["resampling_fn_seg_kwargs"] = Resampling(isLabels: true, order: 1),
            ["resampling_fn_probabilities"] = "resample_data_or_seg_to_shape",
            ["resampling_fn_probabilities_kwargs"] = Resampling(isLabels: false, order: 1),
            ["batch_dice"] = false,
        };
    }

    private static JsonObject Resampling(bool isLabels, int order) => new()
    {
        ["is_seg"] = isLabels,
        ["order"] = order,
        ["order_z"] = 0,
        ["force_separate_z"] = null,
    };

    private static JsonObject Intensity(IntensityProperties intensity) => new()
    {
        ["max"] = intensity.Max,
        ["mean"] = intensity.Mean,
        ["median"] = intensity.Median,
        ["min"] = intensity.Min,
        ["percentile_00_5"] = intensity.Percentile005,
        ["percentile_99_5"] = intensity.Percentile995,
        ["std"] = intensity.StandardDeviation,
    };

    private static string Key(int index) => index.ToString(CultureInfo.InvariantCulture);

    private static JsonArray Triple(Int3 value) => new(value.D, value.H, value.W);

    private static JsonArray Values<T>(IEnumerable<T> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);
}
