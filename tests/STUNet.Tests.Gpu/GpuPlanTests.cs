using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Whole plans on the OpenCL device: the engine's contract of devices, proven on the second one.</summary>
public sealed class GpuPlanTests
{
    /// <summary>
    /// Both devices compute one network with other roundings. The golden README measures 2e-6 to 2e-5 of the logits' scale between float32 and float64 runs
    /// of such tiny networks, so two float32 runs differ by at most twice that: 2e-4 on logits up to 5. A probability moves by at most half of what
    /// its logits move: 1e-4. The limit of 1e-5 is ten times stricter than this bound.
    /// </summary>
    [Theory]
    [InlineData(FlipAxes.None, true, false)]
    [InlineData(FlipAxes.Z | FlipAxes.X, true, false)]
    [InlineData(FlipAxes.Z | FlipAxes.X, true, true)]
    [InlineData(FlipAxes.Y, false, false)]
    public void Run_WindowOfANetwork_EqualsTheCpuWithinRounding(FlipAxes flip, bool rewritten, bool byTiles)
    {
        GpuDevice device = byTiles ? OpenCl.AsGpu : OpenCl.Device;
        PlanOptions options = new() { Rewrites = rewritten ? Rewrite.All : [], PreferredKernels = byTiles ? TensorKernels.IsTile : null };
        using CpuDevice cpu = new();
        float[] expected = Accumulate(cpu, flip, new PlanOptions { Rewrites = [] });
        float[] actual = SmallNetwork.Accumulate(device, flip, options, out PlanReport report);
        Assert.True(KernelCheck.MaxError(expected, actual) <= 1e-5, $"error {KernelCheck.MaxError(expected, actual):E3}");
        Assert.Equal(actual, Accumulate(device, flip, options));
        Assert.All(report.Steps.Where(step => step.Work.Flops > 0 && step.Problem.StartsWith("conv3d", StringComparison.Ordinal)), step => Assert.Equal(byTiles, step.Kernel.Contains("TileF32", StringComparison.Ordinal)));
        Assert.Contains(actual, value => value != 0);
    }

    [Fact]
    public void Rewrites_OfConvolutions_GiveTheSameBits()
    {
        float[] expected = Accumulate(OpenCl.Device, FlipAxes.None, new PlanOptions { Rewrites = [] });
        foreach (Rewrite[] rewrites in (Rewrite[][])
            [[new ConvolveBeforeUpsample()], [new ConcatAsTwoSources()], [new ConvolveBeforeUpsample(), new ConcatAsTwoSources(), new UpsampleInConvolution()]])
            Assert.Equal(expected, Accumulate(OpenCl.Device, FlipAxes.None, new PlanOptions { Rewrites = rewrites }));
    }

    [Fact]
    public void Run_HundredTimes_AllocatesNothingOnAnyThread()
    {
        GpuDevice device = OpenCl.Device;
        using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
        using Plan plan = SmallNetwork.CreatePlan(model);
        RunArguments arguments = SmallNetwork.Arguments(device, FlipAxes.None);
        for (int i = 0; i < 30; i++)
            plan.Run(arguments).Wait();

        Assert.Equal(0, AllocationProbe.BytesOf(() => plan.Run(arguments).Wait()));
        SmallNetwork.Release(arguments);
    }

    [Fact]
    public void Run_VariableParameterWritten_IsPackedAnewByThePlan()
    {
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(1, 6, 4, 5, 6)));
        Value weight = tape.Parameter("w", new Shape(7, 6, 3, 3, 3), isVariable: true);
        Value bias = tape.Parameter("b", Shape.Channels(7), isVariable: true);
        tape.Output("y", tape.Apply(new Conv3dOp(new Int3(3, 3, 3), Int3.One), "conv", x, weight, bias));
        GpuDevice device = OpenCl.Device;
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape, new PlanOptions { PoisonWithNaN = true, Canaries = true });
        plan.Write(device, "x", OpCase.Uniform(x.Desc.Shape.Count, "x"));
        plan.Run().Wait();
        float[] before = plan.Read(device, "y");
        model.Write(weight, new float[weight.Desc.Shape.Count]);
        model.Write(bias, [.. Enumerable.Repeat(0.25f, 7)]);
        plan.Run().Wait();
        Assert.Contains(before, value => value != 0.25f);
        Assert.All(plan.Read(device, "y"), value => Assert.Equal(0.25f, value));
    }

    private static float[] Accumulate(Device device, FlipAxes flip, PlanOptions options) => SmallNetwork.Accumulate(device, flip, options, out _);
}
