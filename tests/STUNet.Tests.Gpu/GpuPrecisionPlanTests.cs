using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Networks in every precision; float32 as plans take it, the others run too.</summary>
public sealed class GpuPrecisionPlanTests
{
    /// <summary>
    /// Rounding errors of an element type of unit roundoff u (2^-11 for binary16, 2^-8 for bfloat16) through the network: every convolution's weights, output and normalised output are
    /// rounded by up to u of their size, of which independent errors have a root mean square of u / sqrt(3) each. Norms keep values at a size of about 1, so errors neither grow nor
    /// shrink from layer to layer and add in squares: with L convolutions in a row the logits err by about sqrt(3 * L) * u / sqrt(3) = sqrt(L) * u of their scale. Five of these for the
    /// largest of all, and a factor of 2 for gammas of up to 1.25 and for residual sums: 10 * sqrt(L) * u. The plain plan rounds sums and normalised values before activations once
    /// more each, which the factor of 2 covers too. TF32 has binary16's mantissa; it rounds operands alone.
    /// </summary>
    [Theory]
    [InlineData(Precision.F16, true)]
    [InlineData(Precision.F16, false)]
    [InlineData(Precision.BF16, true)]
    [InlineData(Precision.BF16, false)]
    [InlineData(Precision.TF32, true)]
    [InlineData(Precision.TF32, false)]
    public void Run_TinyNetwork_EqualsFloat32WithinRoundingOfActivations(Precision precision, bool rewritten)
    {
        StuNetConfig config = new(inputChannels: 1, classes: 6, dims: [8, 16, 24], depth: [1, 1, 1], strides: [new(2, 2, 2), new(1, 2, 2)]);
        const int ConvolutionsInARow = 11; // five blocks of two, and the head
        double unit = precision == Precision.BF16 ? Math.Pow(2, -8) : Math.Pow(2, -11);
        PlanOptions options = new() { PoisonWithNaN = true, Canaries = true, Rewrites = rewritten ? Rewrite.All : [], KernelFilter = FilterOf(precision) };
        using CpuDevice cpu = new();
        float[] expected = Logits(cpu, config, Precision.F32, options);
        float[] actual = Logits(OpenCl.Device, config, precision, options);
        double scale = Math.Sqrt(expected.Average(value => (double)value * value));
        double error = KernelCheck.MaxError(expected, actual);
        Assert.InRange(error, unit * scale / 100, 10 * Math.Sqrt(ConvolutionsInARow) * unit * scale);
        Assert.Equal(actual, Logits(OpenCl.Device, config, precision, options));
    }

    [Theory]
    [InlineData(StuNetSize.S, Precision.F16)]
    [InlineData(StuNetSize.B, Precision.F16)]
    [InlineData(StuNetSize.L, Precision.F16)]
    [InlineData(StuNetSize.H, Precision.F16)]
    [InlineData(StuNetSize.S, Precision.TF32)]
    [InlineData(StuNetSize.H, Precision.TF32)]
    public void Measure_PublishedSizes_PutNearlyAllProductsOnTensorCores(StuNetSize size, Precision precision)
    {
        StuNetConfig config = StuNetConfig.Of(size, 1, 105);
        using GpuPlanningDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(config, "plan"));
        PlanReport report = model.Measure(StuNet.RecordWindow(config, new Int3(128, 128, 128), activations: precision.Activations()), new PlanOptions().For(precision));
        double share = report.Steps.Where(step => step.UsesTensorCores).Sum(step => (double)step.Work.Flops) / report.Steps.Sum(step => (double)step.Work.Flops);
        Assert.True(share > 0.99, $"{share:P2}");
        Assert.All(report.Steps.Where(step => step.Problem.StartsWith("conv3d", StringComparison.Ordinal)), step => Assert.True(step.UsesTensorCores, step.Problem));
        StepReport[] upsampled = [.. report.Steps.Where(step => step.Problem.Contains("_k3x3x3", StringComparison.Ordinal) && step.Problem.Contains("_up", StringComparison.Ordinal))];
        Assert.Equal(config.Strides.Length, upsampled.Length);
        Assert.All(upsampled, step => Assert.StartsWith("ForwardUpsampled", step.Kernel, StringComparison.Ordinal));
        // At full resolution every convolution of stride 1 but those of the image and of the upsampled source; of H, whose 96 channels fill tiles of 128, rows.
        StepReport[] wide = [.. report.Steps.Where(step => step.Problem.Contains("id128ih128iw128_k3x3x3s1x1x1", StringComparison.Ordinal) && !step.Problem.Contains("ic1oc", StringComparison.Ordinal)).Except(upsampled)];
        Assert.True(wide.Length >= 2);
        Assert.All(wide, step => Assert.Equal(size != StuNetSize.H, step.Kernel.StartsWith("ForwardHalo", StringComparison.Ordinal)));
    }

    /// <summary>
    /// The fused head differs from the plan without it by nothing but the logits' rounding to the element type: up to u of the largest, L. A probability moves by at most half of what its
    /// logits move, and its weight is at most 1; 1e-6 for the arithmetic of the softmax. In TF32 logits are float32 either way, and nothing is cast.
    /// </summary>
    [Theory]
    [InlineData(Precision.F16)]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.TF32)]
    public void Run_Window_StreamsTheHeadWithinRoundingOfLogits(Precision precision)
    {
        StuNetConfig config = new(inputChannels: 1, classes: 70, dims: [8, 16], depth: [1, 1], strides: [new(2, 2, 2)]);
        double unit = precision switch { Precision.TF32 => 0, Precision.BF16 => Math.Pow(2, -8), _ => Math.Pow(2, -11) };
        float[] expected = Window(config, precision, new PlanOptions { Rewrites = [.. Rewrite.All.Where(rewrite => rewrite.GetType().Name != "StreamHead")] }, out PlanReport apart);
        float[] actual = Window(config, precision, new PlanOptions(), out PlanReport fused);
        StepReport last = fused.Steps[^1];
        Assert.StartsWith("head_accumulate", last.Problem, StringComparison.Ordinal);
        Assert.Equal(($"Tensor{precision}Gpu", true), (last.Kernel, last.UsesTensorCores));
        Assert.Equal(apart.Steps.Count - (precision == Precision.TF32 ? 2 : 3), fused.Steps.Count); // convolution, cast and softmax are in it
        Assert.DoesNotContain(fused.Steps, step => step.Output.Shape.C == 70);
        float largest = Logits(OpenCl.Device, config, precision, new PlanOptions()).Max(Math.Abs);
        Assert.InRange(KernelCheck.MaxError(expected, actual), 1e-9, (0.5 * unit * largest) + 1e-6);
        Assert.Contains(actual, value => value > 0.1);
    }

    /// <summary>Plain sums are what exact plans want too; only weights are not added up before they are multiplied.</summary>
    [Theory]
    [InlineData(StuNetSize.S, false)]
    [InlineData(StuNetSize.S, true)]
    [InlineData(StuNetSize.H, false)]
    public void Measure_Float32_PutsNearlyAllProductsOnTilesThatDoNotRound(StuNetSize size, bool exact)
    {
        using GpuPlanningDevice device = new();
        StuNetConfig config = StuNetConfig.Of(size, 1, 105);
        using CompiledModel model = new(device, new SeededParameters(config, "plan"));
        PlanReport report = model.Measure(StuNet.RecordWindow(config, new Int3(128, 128, 128)), new PlanOptions { Exact = exact });
        Assert.All(report.Steps, step => Assert.False(step.UsesTensorCores, $"{step.Problem} {step.Kernel}"));
        double share = report.Steps.Where(step => step.Kernel.Contains("TileF32", StringComparison.Ordinal)).Sum(step => (double)step.Work.Flops) / report.Steps.Sum(step => (double)step.Work.Flops);
        Assert.True(share > 0.98, $"{share:P2}");
        Assert.Equal(!exact, report.Steps.Any(step => step.Kernel.StartsWith("ForwardUpsampled", StringComparison.Ordinal)));
    }

    // Kernels of upsampled sources and of boxes take PoCL half a minute to compile; in F16 and BF16 other tests take them too.
    private static Func<IKernel, bool>? FilterOf(Precision precision) => precision != Precision.TF32 || LongTests.Enabled
        ? null : kernel => !kernel.Name.Contains("Upsampled", StringComparison.Ordinal) && !kernel.Name.Contains("Halo", StringComparison.Ordinal);

    private static float[] Window(StuNetConfig config, Precision precision, PlanOptions options, out PlanReport report)
    {
        GpuDevice device = OpenCl.Device;
        Int3 patch = new(8, 12, 16);
        using CompiledModel model = new(device, new SeededParameters(config, "half"));
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(config, patch, activations: precision.Activations()), options.For(precision) with { PoisonWithNaN = true, Canaries = true, KernelFilter = FilterOf(precision) });
        plan.Write(device, "importance", OpCase.Uniform(patch.Product, "importance"));
        report = plan.Report;
        RunArguments arguments = new()
        {
            Source = device.Bind(1, patch, OpCase.Uniform(patch.Product, "x")),
            Accumulator = device.Bind(72, patch),
            Weight = 0.5f,
        };
        plan.Run(arguments).Wait();
        float[] sums = device.Read(arguments.Accumulator);
        arguments.Source.Memory.Dispose();
        arguments.Accumulator.Memory.Dispose();
        return sums;
    }

    private static float[] Logits(Device device, StuNetConfig config, Precision precision, PlanOptions options)
    {
        Tape tape = new();
        Value input = tape.Input("x", new TensorDesc(new Shape(1, 1, new Int3(8, 12, 16))));
        Value logits = StuNet.Forward(tape, config, precision.Activations() == DType.F32 ? input : tape.Apply(new CastOp(precision.Activations()), "cast", input))[0];
        tape.Output("logits", precision.Activations() == DType.F32 ? logits : tape.Apply(new CastOp(DType.F32), "logits.cast", logits));
        using CompiledModel model = new(device, new SeededParameters(config, "half"));
        using Plan plan = model.CreatePlan(tape, options.For(precision));
        plan.Write(device, "x", OpCase.Uniform(8 * 12 * 16, "x"));
        plan.Run().Wait();
        return plan.Read(device, "logits");
    }
}
