using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Whole training steps on the OpenCL device: forward, loss, backward, norm of the gradients, update.</summary>
public sealed class GpuTrainingStepTests
{
    private const int Classes = 3;

    private static readonly Shape Image = new(2, 1, 6, 8, 10);

    /// <summary>
    /// Both devices compute in float32 with other roundings. The golden README measures 2e-6 to 2e-5 of the logits' scale between float32 and float64 runs of
    /// tiny networks, so two float32 runs differ by at most twice that; the backward pass goes through the same ops once more: 1e-4 of the scale of a gradient,
    /// and of the parameters, which a few steps move by less than their own size.
    /// </summary>
    [Theory]
    [InlineData(false, null, false)]
    [InlineData(false, 2, false)]
    [InlineData(true, null, false)]
    [InlineData(true, 2, false)]
    [InlineData(false, null, true)]
    public void Run_StepsOfATinyNetwork_EqualTheCpuWithinRoundingWithTheSameBitsTwice(bool hasRegions, int? ignoreLabel, bool byTiles)
    {
        GpuDevice device = byTiles ? OpenCl.AsGpu : OpenCl.Device;
        PlanOptions options = new() { PreferredKernels = byTiles ? TensorKernels.IsTile : null };
        SegmentationLoss loss = new(DiceForm.Version2, BatchDice: true, hasRegions, ignoreLabel);
        using CpuDevice cpu = new();
        Dictionary<string, float[]> expected = Train(cpu, loss);
        Dictionary<string, float[]> actual = Train(device, loss, options, out PlanReport report);
        Assert.Equal(byTiles, report.Steps.Any(step => step.Kernel.Contains("TileF32", StringComparison.Ordinal)));
        foreach ((string name, float[] values) in expected)
        {
            // A bias before a norm has no gradient but rounding: its scale is that of the gradients it is summed from, below 1.
            double scale = Math.Max(values.Max(Math.Abs), 1e-2);
            double error = KernelCheck.MaxError(values, actual[name]) / scale;
            Assert.True(error <= 1e-4, $"{name}: error {error:E3}");
            Assert.True(values.All(float.IsFinite), name);
        }

        Assert.All(Train(device, loss, options, out _), again => Assert.Equal(actual[again.Key], again.Value));
    }

    /// <summary>Norm gradients that find their activation's sign anew, against the activation's gradient as an op of its own: other roundings of the same sums.</summary>
    [Fact]
    public void Run_ActivationsInNormGradients_EqualThemApartWithinRounding()
    {
        SegmentationLoss loss = new(DiceForm.Version2, BatchDice: true);
        Rewrite[] apart = [.. Rewrite.All.Where(rewrite => rewrite.GetType().Name != "ActivationInNormGradient")];
        Dictionary<string, float[]> expected = Train(OpenCl.Device, loss, new PlanOptions { Rewrites = apart }, out PlanReport longer);
        Dictionary<string, float[]> actual = Train(OpenCl.Device, loss, new PlanOptions(), out PlanReport shorter);
        Assert.Equal((3, 0), (longer.Steps.Count(IsActivationGradient), shorter.Steps.Count(IsActivationGradient)));
        foreach ((string name, float[] values) in expected)
            Assert.InRange(KernelCheck.MaxError(values, actual[name]) / Math.Max(values.Max(Math.Abs), 1e-2), 0, 1e-4);

        static bool IsActivationGradient(StepReport step) => step.Problem.StartsWith("leaky_relu_gradient", StringComparison.Ordinal);
    }

    [Fact]
    public void Run_HundredSteps_AllocatesNothingOnAnyThread()
    {
        GpuDevice device = OpenCl.Device;
        Tape tape = Record(new(DiceForm.Version1, BatchDice: false), out _);
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape);
        plan.Write(device, "image", OpCase.Uniform(Image.Count, "image"));
        plan.Write(device, "target", new float[Image.Count]);
        RunArguments arguments = new() { LearningRate = 1e-3f };
        for (int i = 0; i < 10; i++)
            plan.Run(arguments).Wait();
        Assert.Equal(0, AllocationProbe.BytesOf(() => plan.Run(arguments).Wait()));
    }

    // Losses and gradients of the third step, and the parameters after it.
    private static Dictionary<string, float[]> Train(Device device, SegmentationLoss loss) => Train(device, loss, new PlanOptions(), out _);

    private static Dictionary<string, float[]> Train(Device device, SegmentationLoss loss, PlanOptions options, out PlanReport report)
    {
        Tape tape = Record(loss, out IReadOnlyList<Value> parameters);
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape, options with { PoisonWithNaN = true, Canaries = true });
        report = plan.Report;
        plan.Write(device, "image", OpCase.Uniform(Image.Count, "image"));
        float[] target = OpCase.Uniform(plan.View("target").Desc.Shape.Count, "target");
        plan.Write(device, "target", [.. target.Select(value => loss.HasRegions ? (value > 0.3f ? 1 : 0) : (float)(int)((value + 1) * 1.5f))]);
        for (int step = 0; step < 3; step++)
            plan.Run(new RunArguments { LearningRate = 0.01f }).Wait();

        Dictionary<string, float[]> result = tape.Outputs.Keys.ToDictionary(name => name, name => plan.Read(device, name));
        foreach (Value parameter in parameters)
        {
            float[] values = new float[parameter.Desc.Shape.Count];
            model.Read(parameter, values);
            result.Add(parameter.Name, values);
        }

        return result;
    }

    // Convolution, norm, activation; the same at half resolution, upsampled and joined; a head; with every parameter's gradient and momentum.
    private static Tape Record(SegmentationLoss loss, out IReadOnlyList<Value> parameters)
    {
        Tape tape = new();
        List<Value> learnt = [];
        Value image = tape.Input("image", new TensorDesc(Image));
        int marks = loss.IgnoreLabel is null ? 0 : 1;
        Value target = tape.Input("target", new TensorDesc(Image with { C = loss.HasRegions ? Classes + marks : 1 }, Layout.NDHWC, DType.U8));
        Value skip = Block(tape, learnt, image, "full", 6, Int3.One);
        Value x = Block(tape, learnt, skip, "half", 9, new(2, 2, 2));
        x = tape.Apply(new UpsampleNearestOp(new(2, 2, 2)), "up", x);
        x = tape.Apply(new ConcatChannelsOp(), "concat", x, skip);
        x = Block(tape, learnt, x, "joined", 5, Int3.One);
        Value logits = Convolve(tape, learnt, x, "head", Classes, Int3.One, Int3.One);
        Value sums = tape.Apply(new SegmentationLossSumsOp(loss), "sums", logits, target);
        Value value = tape.Apply(new SegmentationLossOp(loss, 0.5f), "loss", logits, target, sums);
        tape.Output("loss", value);
        IReadOnlyDictionary<Value, Value> gradients = tape.Backward(value, learnt);
        Value norm = tape.Apply(new GlobalNormOp(), "norm", [.. learnt.Select(parameter => gradients[parameter])]);
        tape.Output("norm", norm);
        foreach (Value parameter in learnt)
        {
            tape.Output($"{parameter.Name}.gradient", gradients[parameter]);
            Value momentum = tape.Parameter($"{parameter.Name}.momentum", parameter.Desc.Shape, isVariable: true);
            tape.Apply(new SgdOp(0.99f, 3e-5f, 12), $"{parameter.Name}.update", parameter, momentum, gradients[parameter], norm);
        }

        parameters = learnt;
        return tape;
    }

    private static Value Block(Tape tape, List<Value> learnt, Value x, string prefix, int channels, Int3 stride)
    {
        x = Convolve(tape, learnt, x, prefix, channels, new(3, 3, 3), stride);
        Value statistics = tape.Apply(new InstanceNormStatisticsOp(1e-5f), $"{prefix}.statistics", x);
        x = tape.Apply(
            new InstanceNormApplyOp(), $"{prefix}.norm", x, statistics, Variable(tape, learnt, $"{prefix}.gamma", Shape.Channels(channels)),
            Variable(tape, learnt, $"{prefix}.beta", Shape.Channels(channels)));
        return tape.Apply(new LeakyReluOp(0.01f), $"{prefix}.act", x);
    }

    private static Value Convolve(Tape tape, List<Value> learnt, Value x, string name, int channels, Int3 kernel, Int3 stride) => tape.Apply(
        new Conv3dOp(kernel, stride), name, x, Variable(tape, learnt, $"{name}.weight", new Shape(channels, x.Desc.Shape.C, kernel)),
        Variable(tape, learnt, $"{name}.bias", Shape.Channels(channels)));

    private static Value Variable(Tape tape, List<Value> learnt, string name, Shape shape)
    {
        learnt.Add(tape.Parameter(name, shape, isVariable: true));
        return learnt[^1];
    }
}
