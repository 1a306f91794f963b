using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Engine;

/// <summary>Every rewrite alone, and all together, against the plain plan of the same network with the same kernels.</summary>
public sealed class RewriteTests
{
    private static readonly Int3 Patch = new(8, 16, 12);

    private static readonly StuNetConfig Config = new(
        inputChannels: 2, classes: 5, dims: [4, 7, 9], depth: [1, 2, 1], strides: [new(2, 2, 1), new(1, 2, 2)], kernels: [new(3, 3, 3), new(1, 3, 3), new(3, 3, 3)]);

    [Fact]
    public void Apply_ConvolveBeforeUpsample_SameBits()
    {
        PlanOptions plain = new() { Rewrites = [] };
        PlanOptions swapped = new() { Rewrites = [new ConvolveBeforeUpsample()] };
        Assert.Equal(Accumulate(plain, out PlanReport plainReport), Accumulate(swapped, out PlanReport report));
        Assert.True(report.Steps.Sum(step => step.Work.Flops) < plainReport.Steps.Sum(step => step.Work.Flops));
    }

    [Fact]
    public void Apply_ConcatAsTwoSources_SameBitsAndNoConcatLeft()
    {
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = IsReference }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new ConcatAsTwoSources()], KernelFilter = IsReference }, out PlanReport report);
        Assert.Equal(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Problem.StartsWith("concat", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_UpsampleInConvolution_SameBitsAndNoUpsampleLeft()
    {
        Rewrite[] rewrites = [new ConvolveBeforeUpsample(), new ConcatAsTwoSources(), new UpsampleInConvolution()];
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = IsReference }, out _);
        float[] actual = Accumulate(new() { Rewrites = rewrites, KernelFilter = IsReference }, out PlanReport report);
        Assert.Equal(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Problem.StartsWith("upsample", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_FuseActivation_WithinRounding()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out PlanReport plain);
        float[] actual = Accumulate(new() { Rewrites = [new FuseActivation()] }, out PlanReport fused);
        AssertClose(expected, actual);
        Assert.True(plain.Steps.Count(IsActivation) > fused.Steps.Count(IsActivation));
    }

    [Fact]
    public void Apply_FuseResidual_WithinRounding()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out PlanReport plain);
        float[] actual = Accumulate(new() { Rewrites = [new FuseResidual()] }, out PlanReport fused);
        AssertClose(expected, actual);
        Assert.Equal(plain.Steps.Count(step => step.Problem.StartsWith("add ", StringComparison.Ordinal)), plain.Steps.Count - fused.Steps.Count);
    }

    [Fact]
    public void Apply_StreamHead_WithinRoundingAndNoLogitsLeft()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new StreamHead()] }, out PlanReport report);
        AssertClose(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Output.Shape.C == Config.Classes);
    }

    [Fact]
    public void Apply_All_WithinRoundingOfThePlainReferencePlan()
    {
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = IsReference }, out _);
        float[] actual = Accumulate(new(), out _);
        AssertClose(expected, actual);
    }

    [Fact]
    public void Measure_PublishedSize_RewritesHalveTheArena()
    {
        // At the top of the decoder three full-resolution tensors of 32 channels live (skip, convolution, shortcut): 3 * 256 MiB and kernel scratch.
        // The plain plan holds upsampled, concatenated and 105-class tensors there.
        StuNetConfig config = StuNetConfig.Of(StuNetSize.B);
        Tape tape = StuNet.RecordWindow(config, new Int3(128, 128, 128));
        using CpuDevice device = new(workers: 2);
        using CompiledModel model = new(device, new SeededParameters(config, "measure"));
        long plain = model.Measure(tape, new PlanOptions { Rewrites = [] }).ArenaBytes;
        long rewritten = model.Measure(tape).ArenaBytes;
        Assert.True(rewritten <= plain / 2, $"{rewritten} bytes rewritten, {plain} plain");
        Assert.True(rewritten < 1.1 * (1L << 30), $"{rewritten} bytes");
    }

    [Fact]
    public void Apply_ValueTheCallerKeeps_IsNotRewrittenAway()
    {
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(1, 3, 4, 4, 4)));
        Value up = tape.Apply(new UpsampleNearestOp(new Int3(2, 2, 2)), "up", x);
        Value conv = tape.Apply(
            new Conv3dOp(Int3.One, Int3.One), "conv", up, tape.Parameter("w", new Shape(5, 3, 1, 1, 1)), tape.Parameter("b", Shape.Channels(5)));
        tape.Output("up", up);
        tape.Output("conv", conv);
        using CpuDevice device = new();
        using CompiledModel model = new(device, new DictionaryParameters());
        PlanReport report = model.Measure(tape);
        Assert.Equal(["up", "conv"], report.Steps.Select(step => step.Label));
    }

    private static bool IsActivation(StepReport step) => step.Problem.StartsWith("leaky_relu", StringComparison.Ordinal);

    private static bool IsReference(IKernel kernel) => kernel.Name.Contains("Reference", StringComparison.Ordinal);

    /// <summary>
    /// The networks differ in the rounding of single ops only. One rounding error of 2^-24 relative per value and op, some thirty ops deep with
    /// norms that keep values of order one, gives 30 * 2^-24 = 2e-6 per logit; the accumulated probabilities are at most 1 with a derivative of at
    /// most 1/4 per logit over 5 classes. 1e-5 leaves a factor of four.
    /// </summary>
    private static void AssertClose(float[] expected, float[] actual)
    {
        double worst = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(worst <= 1e-5, $"worst difference {worst:E3}");
        Assert.DoesNotContain(actual, float.IsNaN);
    }

    private static float[] Accumulate(PlanOptions options, out PlanReport report)
    {
        using CpuDevice device = new(workers: 2);
        using CompiledModel model = new(device, new SeededParameters(Config, "rewrites"));
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch), options with { Canaries = true, PoisonWithNaN = true });
        report = plan.Report;
        plan.Write(device, "importance", OpCase.Uniform(Patch.Product, "importance"));
        Int3 volume = new(11, 19, 13);
        VolumeBinding source = device.Bind(Config.InputChannels, volume, OpCase.Uniform(Config.InputChannels * volume.Product, "source"));
        VolumeBinding accumulator = device.Bind(8, volume with { D = Patch.D });
        plan.Run(new RunArguments { WindowOrigin = new(3, 2, 1), Flip = FlipAxes.Z | FlipAxes.X, Weight = 0.5f, Source = source, Accumulator = accumulator }).Wait();
        float[] sums = device.Read(accumulator);
        source.Memory.Dispose();
        accumulator.Memory.Dispose();
        return sums;
    }
}
