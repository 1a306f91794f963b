using System.Globalization;
using STUNet.Core;
using STUNet.Model;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>The objects in the files of nnU-Net v1.</summary>
internal static class NnunetV1Objects
{
    private const long BaseFeatures = 32;

    public static PickleDict Checkpoint(PickleCall weights, PickleDict? optimizer, ExportedTraining? training)
    {
        PickleDict checkpoint = Dict(
            ("epoch", (long)(training?.Epoch ?? 0)),
            ("state_dict", weights),
            ("optimizer_state_dict", optimizer),
            ("lr_scheduler_state_dict", null),
            ("plot_stuff", TrainingObjects.PlotStuff(training)),
            ("best_stuff", TrainingObjects.BestStuff(training)));
        if (TrainingObjects.LossScale(training) is { } scale)
            checkpoint.Set("amp_grad_scaler", scale);
        return checkpoint;
    }

    public static PickleCall SideFile(ModelManifest manifest, ChannelNormalization[] channels, ExportedPlans planned, string trainer, string fold) => PickleCall.OrderedDict(Dict(
        ("init", Tuple("", FoldValue(fold), "", "", planned.BatchDice, 0L, true, false, true)),
        ("name", trainer),
        ("plans", Plans(manifest, channels, planned))));

    public static PickleDict Plans(ModelManifest manifest, ChannelNormalization[] channels, ExportedPlans planned)
    {
        PickleDict plans = Dict(
            ("num_stages", 1L),
            ("num_modalities", (long)channels.Length),
            ("modalities", Indexed(channels.Select(channel => channel.Name))),
            ("normalization_schemes", PickleCall.OrderedDict(Indexed(channels.Select(channel => channel.Scheme)))),
            ("dataset_properties", Dict(("intensityproperties", Intensities(channels)))),
            ("num_classes", manifest.Architecture.Classes - 1L),
            ("all_classes", List(Enumerable.Range(1, manifest.Architecture.Classes - 1))),
            ("base_num_features", BaseFeatures),
            ("use_mask_for_norm", PickleCall.OrderedDict(Indexed(channels.Select(channel => channel.UseMask)))),
            ("keep_only_largest_region", null),
            ("min_region_size_per_class", null),
            ("min_size_per_class", null),
            ("transpose_forward", List(manifest.TransposeForward)),
            ("transpose_backward", List(manifest.TransposeBackward)),
            ("data_identifier", "nnUNetData_plans_v2.1"),
            ("plans_per_stage", Dict((0L, Stage(manifest, planned)))),
            ("preprocessor_name", "GenericPreprocessor"),
            ("conv_per_stage", 2L));
        if (manifest.Export != ExportParameters.Default)
        {
            plans.Set("segmentation_export_params", Dict(
                ("force_separate_z", manifest.Export.ForceSeparateZ),
                ("interpolation_order", manifest.Export.InterpolationOrder),
                ("interpolation_order_z", manifest.Export.InterpolationOrderZ)));
        }

        return plans;
    }

    /// <summary>A fold as Python has it: a number, or a text.</summary>
    public static object FoldValue(string fold) => long.TryParse(fold, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : fold;

    private static PickleDict Stage(ModelManifest manifest, ExportedPlans planned)
    {
        StuNetConfig network = manifest.Architecture;
        double[] spacing = [.. manifest.SpacingMm];
        PickleDict stage = Dict(
            ("batch_size", (long)planned.BatchSize),
            ("num_pool_per_axis", List(Enumerable.Range(0, 3).Select(axis => (long)network.Strides.Count(stride => stride[axis] > 1)))),
            ("patch_size", Int64Array(manifest.PatchSize.D, manifest.PatchSize.H, manifest.PatchSize.W)),
            ("current_spacing", Float64Array(spacing)),
            ("original_spacing", planned.OriginalSpacing.IsEmpty ? Float64Array(spacing) : Float64Array([.. planned.OriginalSpacing])),
            ("do_dummy_2D_data_aug", planned.InPlane),
            ("pool_op_kernel_sizes", List(network.Strides.Select(Triple))),
            ("conv_kernel_sizes", List(network.Kernels.Select(Triple))));
        if (!planned.MedianShape.IsEmpty)
            stage.Set("median_patient_size_in_voxels", Int64Array([.. planned.MedianShape.Select(size => (long)Math.Round(size))]));
        return stage;
    }

    private static PickleList Triple(Int3 value) => List(new long[] { value.D, value.H, value.W });

    private static PickleDict? Intensities(ChannelNormalization[] channels) => channels.All(channel => channel.Intensity is null)
        ? null
        : Dict(
        [
            .. channels.Select((channel, index) => (Index: index, channel.Intensity)).Where(entry => entry.Intensity is not null).Select(entry => ((object)(long)entry.Index, (object?)Dict(
                ("mean", entry.Intensity!.Mean),
                ("sd", entry.Intensity.StandardDeviation),
                ("median", entry.Intensity.Median),
                ("mn", entry.Intensity.Min),
                ("mx", entry.Intensity.Max),
                ("percentile_99_5", entry.Intensity.Percentile995),
                ("percentile_00_5", entry.Intensity.Percentile005)))),
        ]);
}
