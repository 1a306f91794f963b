using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;
using STUNet.Training;

namespace STUNet.Tests.Engine;

/// <summary>Every rewrite alone, and all together, against the plain plan of the same network with the same kernels.</summary>
public sealed class RewriteTests
{
    /// <summary>What only a plain reference could do is not worth a rewrite: of a training step, forward and backward.</summary>
    [Fact]
    public void Apply_AllToATrainingStepOnTheCpu_LeavesNoVolumeToReferences()
    {
        using CpuDevice device = new();
        StuNetConfig network = new(inputChannels: 1, classes: 3, dims: [8, 16, 16], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);
        TrainingStepSettings settings = new()
        {
            Network = network,
            BatchSize = 2,
            Patch = new(16, 16, 16),
            Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
            Weights = DeepSupervision.Weights(network.Strides.Length),
            Version = NnunetVersion.V2,
        };
        PlanReport report = TrainingNetwork.Measure(settings, device, new PlanOptions());
        StepReport[] gradients = [.. report.Steps.Where(step => step.Problem.StartsWith("instance_norm_gradient", StringComparison.Ordinal) || step.Problem.StartsWith("conv3d", StringComparison.Ordinal))];
        Assert.True(gradients.Length > 20, $"only {gradients.Length} steps");
        Assert.All(gradients, step => Assert.False(step.Kernel.Contains("Reference", StringComparison.Ordinal), $"{step.Problem} {step.Kernel}"));
    }

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
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = KernelHarness.IsReference }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new ConcatAsTwoSources()], KernelFilter = KernelHarness.IsReference }, out PlanReport report);
        Assert.Equal(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Problem.StartsWith("concat", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_UpsampleInConvolution_SameBitsAndNoUpsampleLeft()
    {
        Rewrite[] rewrites = [new ConvolveBeforeUpsample(), new ConcatAsTwoSources(), new UpsampleInConvolution()];
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = KernelHarness.IsReference }, out _);
        float[] actual = Accumulate(new() { Rewrites = rewrites, KernelFilter = KernelHarness.IsReference }, out PlanReport report);
        Assert.Equal(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Problem.StartsWith("upsample", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SimdLevel.Avx512)]
    [InlineData(SimdLevel.Avx2)]
    [InlineData(SimdLevel.Portable)]
    public void Apply_ConvolutionRewrites_WithTheVectorKernelsWithinRounding(SimdLevel level)
    {
        Rewrite[] rewrites = [new ConvolveBeforeUpsample(), new ConcatAsTwoSources(), new UpsampleInConvolution()];
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = KernelHarness.IsReference }, out _, level);
        AssertClose(expected, Accumulate(new() { Rewrites = [] }, out _, level));
        AssertClose(expected, Accumulate(new() { Rewrites = [new ConcatAsTwoSources()] }, out _, level));
        AssertClose(expected, Accumulate(new() { Rewrites = rewrites }, out _, level));
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
    public void Apply_StatisticsInConvolution_WithinRoundingAndNoPassOfItsOwn()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new StatisticsInConvolution()] }, out PlanReport fused);
        AssertClose(expected, actual);
        Assert.DoesNotContain(fused.Steps, step => step.Problem.StartsWith("instance_norm_statistics", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_NormaliseInConvolution_WithinRoundingAndOnlyResidualsApplyNorms()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new FuseResidual(), new FuseActivation(), new NormaliseInConvolution()] }, out PlanReport fused);
        AssertClose(expected, actual);
        Assert.All(
            fused.Steps.Where(step => step.Problem.StartsWith("instance_norm_apply", StringComparison.Ordinal)),
            step => Assert.Contains("_residual", step.Problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_CloseBlockInShortcut_WithinRoundingAndNoShortcutLeft()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out PlanReport plain);
        float[] actual = Accumulate(new() { Rewrites = [new FuseResidual(), new FuseActivation(), new CloseBlockInShortcut()] }, out PlanReport fused);
        AssertClose(expected, actual);
        Assert.Contains(plain.Steps, step => step.Label.EndsWith(".conv3", StringComparison.Ordinal));
        Assert.DoesNotContain(fused.Steps, step => step.Label.EndsWith(".conv3", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_StreamHead_WithinRoundingAndNoLogitsLeft()
    {
        float[] expected = Accumulate(new() { Rewrites = [] }, out _);
        float[] actual = Accumulate(new() { Rewrites = [new StreamHead()] }, out PlanReport report);
        AssertClose(expected, actual);
        Assert.DoesNotContain(report.Steps, step => step.Output.Shape.C == SmallNetwork.Config.Classes);
    }

    [Fact]
    public void Apply_RelayoutInConvolution_WithinRoundingAndNoRelayoutLeft()
    {
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(2, 5, 3, 4, 6)));
        Value conv = tape.Apply(
            new Conv3dOp(Int3.One, Int3.One), "conv", x, tape.Parameter("w", new Shape(7, 5, 1, 1, 1)), tape.Parameter("b", Shape.Channels(7)));
        tape.Output("logits", tape.Apply(new RelayoutOp(Layout.NCDHW), "relayout", conv));
        using CpuDevice device = new(workers: 2);
        using CompiledModel model = new(device, new DictionaryParameters(name => name == "w" ? Random(35) : Random(7)));
        using Plan plain = model.CreatePlan(tape, new PlanOptions { Rewrites = [] });
        using Plan fused = model.CreatePlan(tape);
        Assert.Equal(2, plain.Report.Steps.Count);
        Assert.Single(fused.Report.Steps);
        foreach (Plan plan in (Plan[])[plain, fused])
        {
            plan.Write(device, "x", Random(2 * 5 * 72));
            plan.Run().Wait();
        }

        AssertClose(plain.Read(device, "logits"), fused.Read(device, "logits"));

        static float[] Random(int count) => TestKit.Ops.OpCase.Uniform(count, "relayout");
    }

    [Fact]
    public void Apply_All_WithinRoundingOfThePlainReferencePlan()
    {
        float[] expected = Accumulate(new() { Rewrites = [], KernelFilter = KernelHarness.IsReference }, out _);
        float[] actual = Accumulate(new(), out _);
        AssertClose(expected, actual);
    }

    /// <summary>Wide enough for Winograd's kernels, with guards behind every block of the arena and NaN in everything not written.</summary>
    [Theory]
    [InlineData("Winograd4x4x4Avx512")]
    [InlineData("Winograd4x4x4LateWeightsAvx512")]
    [InlineData("Winograd2x4x4Avx2")]
    [InlineData("Winograd2x2x2LateWeightsAvx2")]
    public void Apply_AllWithWinograd_WithinRoundingOfThePlainReferencePlan(string kernel)
    {
        StuNetConfig config = new(inputChannels: 1, classes: 5, dims: [16, 32], depth: [2, 1], strides: [new(2, 2, 2)]);
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(2, 1, 10, 14, 22)));
        tape.Output("logits", tape.Apply(new RelayoutOp(Layout.NCDHW), "ncdhw", StuNet.Forward(tape, config, x)[0]));
        using CpuDevice device = new(workers: 2);
        Assert.SkipWhen(device.Caps.Simd < (kernel.EndsWith("Avx512", StringComparison.Ordinal) ? SimdLevel.Avx512 : SimdLevel.Avx2), $"this processor has no {kernel}");
        using CompiledModel model = new(device, new SeededParameters(config, "winograd"));
        float[] expected = Logits(new() { Rewrites = [], KernelFilter = KernelHarness.IsReference }, out _);
        float[] actual = Logits(
            new() { Canaries = true, PoisonWithNaN = true, PreferredKernels = candidate => candidate.Name.Contains(kernel, StringComparison.Ordinal) }, out PlanReport report);
        Assert.True(report.Steps.Count(step => step.Kernel.Contains(kernel, StringComparison.Ordinal)) > 3);
        // Twice the float32 error of such networks, 2e-5 of the logits' scale, doubled by the algorithm.
        double scale = expected.Max(Math.Abs);
        double worst = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(worst <= 8e-5 * scale, $"worst difference {worst:E3} of {scale:E3}");
        Assert.DoesNotContain(actual, float.IsNaN);

        float[] Logits(PlanOptions options, out PlanReport report)
        {
            using Plan plan = model.CreatePlan(tape, options);
            plan.Write(device, "x", TestKit.Ops.OpCase.Uniform(x.Desc.Shape.Count, "winograd"));
            plan.Run().Wait();
            report = plan.Report;
            return plan.Read(device, "logits");
        }
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

    /// <summary>
    /// Both plans compute one network with other roundings. The golden README measures 2e-6 to 2e-5 of the logits' scale between float32 and float64 runs of
    /// such tiny networks, so two float32 runs differ by at most twice that: 2e-4 on logits up to 5. A probability moves by at most half of what its
    /// logits move, and the run's weight is 0.5: 5e-5. The limit is five times stricter than this bound.
    /// </summary>
    private static void AssertClose(float[] expected, float[] actual)
    {
        double worst = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(worst <= 1e-5, $"worst difference {worst:E3}");
        Assert.DoesNotContain(actual, float.IsNaN);
    }

    private static float[] Accumulate(PlanOptions options, out PlanReport report, SimdLevel level = SimdLevel.Avx512)
    {
        using CpuDevice device = new(workers: 2, level);
        return SmallNetwork.Accumulate(device, FlipAxes.Z | FlipAxes.X, options, out report);
    }
}
