using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Tests.WeightsConverter;

/// <summary>A nnU-Net v1 model of three stages, written with this repository's own test writers; weights are a ramp per tensor.</summary>
internal static class TinyModel
{
    public static StuNetConfig Config { get; } =
        new(2, 3, [2, 4, 6], [1, 2, 1], [new(1, 2, 2), new(2, 2, 1)], [new(1, 3, 3), new(3, 3, 3), new(3, 3, 3)]);

    /// <summary>Value i of a tensor: a ramp that depends on the fold and is exact in half precision and in bfloat16.</summary>
    public static float Value(int fold, long index) => (index % 61 - 30) * 0.25f + fold;

    public static Dictionary<string, object?> Plans(StuNetConfig config) => new()
    {
        ["num_modalities"] = config.InputChannels,
        ["num_classes"] = config.Classes - 1,
        ["modalities"] = new Dictionary<int, object?> { [0] = "CT", [1] = "PET" },
        ["normalization_schemes"] = new Dictionary<int, object?> { [0] = "CT", [1] = "nonCT" },
        ["use_mask_for_norm"] = new Dictionary<int, object?> { [0] = false, [1] = true },
        ["dataset_properties"] = new Dictionary<string, object?>
        {
            ["intensityproperties"] = new Dictionary<int, object?>
            {
                [0] = new Dictionary<string, object?>
                {
                    ["mean"] = 100.5,
                    ["sd"] = 37.25,
                    ["median"] = 99.0,
                    ["mn"] = -1024,
                    ["mx"] = 3071.0,
                    ["percentile_00_5"] = -17.5,
                    ["percentile_99_5"] = 201.0,
                },
            },
        },
        ["transpose_forward"] = new List<object?> { 2, 0, 1 },
        ["transpose_backward"] = new List<object?> { 1, 2, 0 },
        ["segmentation_export_params"] = new Dictionary<string, object?> { ["force_separate_z"] = true, ["interpolation_order"] = 3, ["interpolation_order_z"] = 1 },
        ["plans_per_stage"] = new Dictionary<int, object?>
        {
            [0] = new Dictionary<string, object?>
            {
                ["patch_size"] = new List<object?> { 16, 32, 24 },
                ["current_spacing"] = new List<object?> { 3.0, 0.75, 0.8 },
                ["pool_op_kernel_sizes"] = config.Strides.Add(new Int3(2, 2, 2)).Select(stride => new List<object?> { stride.D, stride.H, stride.W }).ToList(),
            },
        },
    };

    public static byte[] SideFile(StuNetConfig config, string trainer) => PickleWriter.Write(new Dictionary<string, object?>
    {
        ["init"] = new List<object?> { "", 0, "", "", false, 0, true, false, true },
        ["name"] = trainer,
        ["plans"] = Plans(config),
    });

    /// <summary>Writes fold_F/model_final_checkpoint.model and its side file for each fold; gives the folder.</summary>
    public static string WriteFolder(string folder, int folds, string trainer = "STUNetTrainer_small", Func<int, StuNetConfig>? configOf = null)
    {
        for (int fold = 0; fold < folds; fold++)
        {
            StuNetConfig config = configOf?.Invoke(fold) ?? Config;
            string path = Path.Combine(folder, $"fold_{fold}", "model_final_checkpoint.model");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WriteCheckpoint(path, config, index => Value(fold, index));
            File.WriteAllBytes($"{path}.pkl", SideFile(config, trainer));
        }

        return folder;
    }

    public static void WriteCheckpoint(string path, StuNetConfig config, Func<long, float> value)
    {
        using TorchZipWriter zip = new(path);
        StuNetParameter[] parameters = [.. StuNetParameters.Enumerate(config)];
        zip.Add("archive/data.pkl", PickleWriter.Write(CheckpointObject(parameters)));
        for (int i = 0; i < parameters.Length; i++)
        {
            byte[] bytes = new byte[4 * parameters[i].Count];
            for (long k = 0; k < parameters[i].Count; k++)
                BitConverter.TryWriteBytes(bytes.AsSpan((int)(4 * k)), value(k));
            zip.Add($"archive/data/{i}", bytes);
        }

        zip.Add("archive/version", "3\n"u8.ToArray());
    }

    public static Dictionary<string, object?> CheckpointObject(StuNetParameter[] parameters)
    {
        Dictionary<string, object?> stateDict = [];
        for (int i = 0; i < parameters.Length; i++)
            stateDict[parameters[i].Name] = new PickledTensor(i.ToString(), [.. parameters[i].Shape]);
        return new() { ["epoch"] = 1, ["state_dict"] = stateDict };
    }

    public static ModelManifest Manifest(StuNetConfig config) => new()
    {
        Architecture = config,
        PatchSize = new(16, 32, 24),
        SpacingMm = [3, 0.75, 0.8],
        TransposeForward = [2, 0, 1],
        TransposeBackward = [1, 2, 0],
        Channels = [new("CT", "CT", false, new(100.5, 37.25, 99, -1024, 3071, -17.5, 201)), new("PET", "nonCT", true, null)],
        Labels = ImmutableSortedDictionary<int, string>.Empty.Add(0, "background").Add(1, "left \"kidney\"").Add(2, "niere: größer"),
        Trainer = "STUNetTrainer",
        Nnunet = NnunetVersion.V1,
        Export = new(true, 3, 1),
        MirrorAxes = [0, 2],
        Licence = "CC-BY-4.0",
        ElementType = ElementType.F16,
        Converter = "0.1.0",
        Folds = [new("0", "fold_0.safetensors"), new("all", "fold_all.safetensors")],
        Sources = [new("fold_0/x.model", 12, new string('a', 64))],
    };
}
