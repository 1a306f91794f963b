using System.Diagnostics;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>A checkpoint of STU-Net-H's size, 5.8 GB, as a sparse ZIP64 archive with the storages' true checksums.</summary>
public sealed class LargeCheckpointTests
{
    private const long MaxPeakBytes = 1L << 30;

    [Fact]
    public void Convert_CheckpointOfHugeSize_StaysWithinOneGibibyte()
    {
        LongTests.Require("a minute, 3 GB of disk");
        using TemporaryFolder folder = new();
        string path = folder["huge_ep4k.model"];
        StuNetConfig config = StuNetConfig.Of(StuNetSize.H);
        StuNetParameter[] parameters = [.. StuNetParameters.Enumerate(config)];
        using (TorchZipWriter zip = new(path))
        {
            zip.Add("huge/data.pkl", PickleWriter.Write(TinyModel.CheckpointObject(parameters)));
            for (int i = 0; i < parameters.Length; i++)
                zip.AddSparse($"huge/data/{i}", 4 * parameters[i].Count, First(i), Last(i));
        }

        Assert.True(new FileInfo(path).Length > 5_800_000_000);
        File.WriteAllBytes($"{path}.pkl", Plans(config));
        long before = ResetPeak();
        Stopwatch clock = Stopwatch.StartNew();
        ConversionResult result = CheckpointConverter.Convert(new([new("0", path)], folder["out"], ElementType.BF16));
        long peak = PeakBytes();
        TestContext.Current.TestOutputHelper?.WriteLine($"{clock.Elapsed.TotalSeconds:F1} s, VmHWM {peak >> 20} MiB ({before >> 20} MiB before)");
        Assert.Empty(result.Warnings);
        Assert.Equal(config, result.Manifest.Architecture);
        Assert.Equal(LabelNames.TotalSegmentator, result.Manifest.Labels);
        Assert.InRange(peak, 1, MaxPeakBytes);

        using ModelFiles model = ModelFiles.Open(folder["out"]);
        float[] value = new float[1];
        for (int i = 0; i < parameters.Length; i++)
        {
            model.Folds[0].Read(parameters[i].Name, 0, value);
            Assert.Equal(First(i), value[0]);
            model.Folds[0].Read(parameters[i].Name, parameters[i].Count - 1, value);
            Assert.Equal(Last(i), value[0]);
        }
    }

    // Small integers: exact in bfloat16.
    private static float First(int tensor) => tensor % 100 + 1;

    private static float Last(int tensor) => -(tensor % 100 + 1);

    private static byte[] Plans(StuNetConfig config) => PickleWriter.Write(new Dictionary<string, object?>
    {
        ["name"] = "STUNetTrainer_huge",
        ["plans"] = new Dictionary<string, object?>
        {
            ["num_modalities"] = 1,
            ["num_classes"] = config.Classes - 1,
            ["normalization_schemes"] = new Dictionary<int, object?> { [0] = "nonCT" },
            ["plans_per_stage"] = new Dictionary<int, object?>
            {
                [0] = new Dictionary<string, object?>
                {
                    ["patch_size"] = new List<object?> { 128, 128, 128 },
                    ["current_spacing"] = new List<object?> { 1.5, 1.5, 1.5 },
                    ["pool_op_kernel_sizes"] = config.Strides.Select(stride => new List<object?> { stride.D, stride.H, stride.W }).ToList(),
                },
            },
        },
    });

    // The kernel's own record of the process's largest resident set; writing 5 to clear_refs starts it afresh.
    private static long ResetPeak()
    {
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5");
        return PeakBytes();
    }

    private static long PeakBytes() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
}
