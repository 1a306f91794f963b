using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Tiles chosen by the clock: what is measured when, what is kept, and that no bit depends on it.</summary>
public sealed class GpuTileTuningTests
{
    private const string Fastest = "ForwardTensorF16_128x32";

    [Fact]
    public void Choose_Measured_IsKeptOnDiskAndNotMeasuredAgain()
    {
        using TemporaryFolder folder = new();
        List<string> timed = [];
        Assert.Equal(Fastest, KernelOf(Tuning(folder, timed, measures: true)));
        Assert.Equal(4, timed.Count);
        timed.Clear();
        Assert.Equal(Fastest, KernelOf(Tuning(folder, timed, measures: true)));
        Assert.Equal(Fastest, KernelOf(Tuning(folder, timed, measures: false)));
        Assert.Empty(timed);
    }

    [Fact]
    public void Choose_NothingKnownAndNothingMeasured_IsThePrediction()
    {
        using TemporaryFolder folder = new();
        List<string> timed = [];
        Assert.Equal(KernelOf(null), KernelOf(Tuning(folder, timed, measures: false)));
        Assert.Empty(timed);
        Assert.False(File.Exists(folder["tiles.json"]));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"version\": 1, \"tiles\": {}}")]
    [InlineData("{\"version\": 2, \"tiles\": {\"d\": 3}}")]
    [InlineData("{\"version\": 2, \"tiles\": {\"d\": {\"p\": null}}}")]
    public void Cache_Damaged_IsOneSentenceAndIsReplaced(string content)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tiles.json"], content);
        List<string> warnings = [];
        GpuTileCache cache = new(folder["tiles.json"], warnings.Add);
        Assert.StartsWith($"{folder["tiles.json"]}: not a cache of tiles", Assert.Single(warnings), StringComparison.Ordinal);
        cache.Keep("device", "problem", "kernel");
        Assert.Equal("kernel", new GpuTileCache(folder["tiles.json"], warnings.Add).Find("device", "problem"));
        Assert.Null(new GpuTileCache(folder["tiles.json"], warnings.Add).Find("another device", "problem"));
        Assert.Single(warnings);
    }

    [Fact]
    public void Choose_KernelThatIsNoMore_IsMeasuredAgain()
    {
        using TemporaryFolder folder = new();
        List<string> timed = [];
        _ = KernelOf(Tuning(folder, timed, measures: true));
        File.WriteAllText(folder["tiles.json"], File.ReadAllText(folder["tiles.json"]).Replace(Fastest, "ForwardTensorF16_1x1", StringComparison.Ordinal));
        timed.Clear();
        Assert.Equal(Fastest, KernelOf(Tuning(folder, timed, measures: true)));
        Assert.Equal(4, timed.Count);
    }

    /// <summary>By the device's own clock: whichever wins, the output is that of the prediction.</summary>
    [Fact]
    public void Plan_TunedByTheClock_GivesTheSameBits()
    {
        using TemporaryFolder folder = new();
        float[] expected = Run(null, out _);
        float[] actual = Run(new GpuTileTuning(new GpuTileCache(folder["tiles.json"], Assert.Fail), measures: true), out _);
        Assert.True(MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual.AsSpan())));
        Assert.Contains("ForwardTensorF16_", File.ReadAllText(folder["tiles.json"]));
    }

    private static GpuTileTuning Tuning(TemporaryFolder folder, List<string> timed, bool measures) =>
        new(new GpuTileCache(folder["tiles.json"], Assert.Fail), measures)
        {
            Clock = kernel =>
            {
                timed.Add(kernel.Name);
                return kernel.Name == Fastest ? 1 : 2;
            },
        };

    private static string KernelOf(GpuTileTuning? tuning)
    {
        GpuDevice device = OpenCl.Device;
        device.Tuning = tuning;
        try
        {
            using CompiledModel model = new(device, new DictionaryParameters());
            return model.Measure(Record()).Steps.Single(step => step.UsesTensorCores).Kernel;
        }
        finally
        {
            device.Tuning = null;
        }
    }

    private static float[] Run(GpuTileTuning? tuning, out string kernel)
    {
        GpuDevice device = OpenCl.Device;
        device.Tuning = tuning;
        try
        {
            using CompiledModel model = new(device, new DictionaryParameters());
            using Plan plan = model.CreatePlan(Record());
            kernel = plan.Report.Steps.Single(step => step.UsesTensorCores).Kernel;
            plan.Write(device, "x", OpCase.Uniform(plan.View("x").Desc.Shape.Count, "x"));
            plan.Run().Wait();
            return plan.Read(device, "y");
        }
        finally
        {
            device.Tuning = null;
        }
    }

    // Of one tap along x, which boxes have no tiles for.
    private static Tape Record()
    {
        Tape tape = new();
        Value x = tape.Apply(new CastOp(DType.F16), "half", tape.Input("x", new TensorDesc(new Shape(1, 16, 5, 6, 7))));
        Value y = tape.Apply(new Conv3dOp(new Int3(3, 3, 1), Int3.One), "conv", x, tape.Parameter("w", new Shape(40, 16, 3, 3, 1)), tape.Parameter("b", Shape.Channels(40)));
        tape.Output("y", tape.Apply(new CastOp(DType.F32), "single", y));
        return tape;
    }
}
