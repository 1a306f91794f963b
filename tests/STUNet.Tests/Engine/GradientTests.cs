using System.Reflection;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Engine;

/// <summary>Gradients against central differences of the plain references, which sum in double; and which ops have none.</summary>
public sealed class GradientTests
{
    /// <summary>Ops that end a recording for inference, or that only occur behind a loss.</summary>
    private static readonly Type[] WithoutGradient =
    [
        typeof(ArgMaxOp), typeof(ResampledArgMaxOp), typeof(GaussianAccumulateOp), typeof(HeadAccumulateOp), typeof(WindowLoadOp), typeof(FillOp), typeof(GlobalNormOp), typeof(LossScaleOp), typeof(SgdOp), typeof(AdamWOp),
        typeof(ChannelSumOp), typeof(Conv3dDataGradientOp), typeof(Conv3dFlipWeightOp), typeof(Conv3dWeightGradientOp), typeof(InstanceNormGradientOp),
        typeof(InstanceNormGradientSumsOp), typeof(InstanceNormParameterGradientOp), typeof(LeakyReluGradientOp), typeof(SegmentationLossGradientOp),
        typeof(SegmentationLossSumsOp), typeof(SliceChannelsOp), typeof(SoftmaxGradientOp), typeof(UpsampleNearestGradientOp),
    ];

    private static readonly Shape Small = new(2, 3, 3, 2, 4);

    public static TheoryData<string> Recordings => [.. Recorded.Keys];

    // A recording from named inputs to a result; inputs whose gradients are wanted begin with a letter, targets with '#'.
    private static Dictionary<string, Func<Tape, Value>> Recorded { get; } = new()
    {
        ["add"] = tape => tape.Apply(new AddOp(), "y", Input(tape, "a", Small), Input(tape, "b", Small)),
        ["add of a value to itself"] = tape => Twice(tape, Input(tape, "a", Small)),
        ["relayout"] = tape => tape.Apply(new RelayoutOp(Layout.NCDHW), "y", Input(tape, "x", Small)),
        ["leaky relu"] = tape => tape.Apply(new LeakyReluOp(0.25f), "y", Input(tape, "x", Small)),
        ["softmax"] = tape => tape.Apply(new SoftmaxOp(), "y", Input(tape, "x", Small)),
        ["upsampling"] = tape => tape.Apply(new UpsampleNearestOp(new Int3(1, 2, 3)), "y", Input(tape, "x", Small)),
        ["concatenation"] = tape => tape.Apply(new ConcatChannelsOp(), "y", Input(tape, "a", Small), Input(tape, "b", Small with { C = 2 })),
        ["instance norm"] = tape => Norm(tape, Input(tape, "x", Small)),
        ["convolution"] = tape => Convolve(tape, new(new(3, 3, 3), Int3.One), Input(tape, "x", Small)),
        ["convolution, stride 2, kernel 1x3x3"] = tape => Convolve(tape, new(new(1, 3, 3), new(2, 1, 2)), Input(tape, "x", Small)),
        ["convolution, stride 2x2x2"] = tape => Convolve(tape, new(new(3, 3, 3), new(2, 2, 2)), Input(tape, "x", Small)),
        ["convolution, kernel 1x1x1, stride 2"] = tape => Convolve(tape, new(Int3.One, new(1, 2, 2)), Input(tape, "x", Small)),
        ["convolution of two sources, the first upsampled"] = tape => Convolve(
            tape, new(new(3, 3, 3), Int3.One, 2, new(1, 2, 1)), Input(tape, "x", Small), Input(tape, "x2", new Shape(2, 2, 3, 4, 4))),
        ["loss of labels, v1, batch Dice"] = tape => Loss(tape, new(DiceForm.Version1, BatchDice: true)),
        ["loss of labels, v2, ignore label"] = tape => Loss(tape, new(DiceForm.Version2, BatchDice: false, IgnoreLabel: 2)),
        ["loss of regions, v2"] = tape => Loss(tape, new(DiceForm.Version2, BatchDice: false, HasRegions: true)),
        ["loss of regions, v2, ignore label, batch Dice"] = tape => Loss(tape, new(DiceForm.Version2, BatchDice: true, HasRegions: true, IgnoreLabel: 9)),
    };

    [Fact]
    public void EveryOp_RecordsAGradientOrIsListed()
    {
        foreach (Type op in OpCatalog.OpTypes.Where(type => type != typeof(CastOp) && type != typeof(InstanceNormStatisticsOp)))
        {
            bool hasGradient = op.GetMethod(nameof(Op.RecordGradient), BindingFlags.Public | BindingFlags.Instance)!.DeclaringType == op;
            Assert.True(hasGradient != WithoutGradient.Contains(op), $"{op.Name}: give it a gradient, or list it among the ops without one");
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Backward_OfEveryElement_EqualsCentralDifferences(string name)
    {
        // Extrapolated from two steps, the quotient errs by step^4 / 7.5 times the fifth derivative, below 1e-8 for functions whose derivatives are about 1. The references sum in
        // double, but outputs are rounded to float32: by 1.2e-7 for values below 4, at most 54 of which change with an element, weighted by less than 1. Divided by the step, with the
        // extrapolation's factor 5/3, that is 7e-4 if all err in one direction; roundings are independent, so that its root, 1e-4, stands for it. The largest gradients are
        // above 1 but for the loss, whose one output below 2 errs by 1.3e-5 beside gradients of 0.02.
        const double Step = 1.0 / 64;
        const double Tolerance = 5e-4;
        using CpuDevice device = new(1);
        Tape tape = new();
        Value y = Recorded[name](tape);
        tape.Output("y", y);
        Value[] inputs = [.. tape.Nodes.SelectMany(node => node.Inputs).Where(value => value.Kind == ValueKind.Input).Distinct()];
        Value[] wanted = [.. inputs.Where(input => input.Desc.DType == DType.F32)];
        Value dy = tape.Input("dy", y.Desc);
        IReadOnlyDictionary<Value, Value> gradients = tape.Backward(new Dictionary<Value, Value> { [y] = dy }, wanted);
        foreach (Value input in wanted)
            tape.Output($"grad.{input.Name}", tape.Apply(new AddOp(), $"{input.Name}.kept", gradients[input], tape.Apply(new FillOp(0, input.Desc), $"{input.Name}.zero")));
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape, new PlanOptions { Rewrites = [], Recompute = Recompute.Nothing, KernelFilter = KernelHarness.IsReference });

        float[] seed = OpCase.Uniform(y.Desc.Shape.Count, "dy");
        if (y.Name == "loss")
            seed = [1, 0, 0];
        Dictionary<string, float[]> values = inputs.ToDictionary(input => input.Name, input => ValuesOf(input));
        foreach (Value input in inputs)
            plan.Write(device, input.Name, values[input.Name]);
        plan.Write(device, "dy", seed);
        plan.Run().Wait();
        float[][] analytic = [.. wanted.Select(input => plan.Read(device, $"grad.{input.Name}"))];
        for (int i = 0; i < wanted.Length; i++)
        {
            double largest = analytic[i].Max(Math.Abs);
            Assert.True(largest > 0, $"{name}: all gradients of {wanted[i].Name} are 0");
            for (int element = 0; element < analytic[i].Length; element++)
            {
                double difference = ((4 * Quotient(wanted[i], element, Step)) - Quotient(wanted[i], element, 2 * Step)) / 3;
                Assert.True(
                    Math.Abs(difference - analytic[i][element]) <= Tolerance * largest,
                    $"{name}: d/d{wanted[i].Name}[{element}] is {analytic[i][element]}, differences give {difference}, and the largest is {largest}");
            }
        }

        double Quotient(Value input, int element, double step) => (LossAt(input, element, step) - LossAt(input, element, -step)) / (2 * step);

        double LossAt(Value input, int element, double step)
        {
            float[] moved = [.. values[input.Name]];
            moved[element] += (float)step;
            plan.Write(device, input.Name, moved);
            plan.Run().Wait();
            plan.Write(device, input.Name, values[input.Name]);
            return plan.Read(device, "y").Zip(seed, (value, weight) => (double)value * weight).Sum();
        }
    }

    /// <summary>
    /// 48 values of dx, below 8 and wrong by up to eight roundings each, sum up to less than 48 * 8 * 8 * 2^-24 = 1.9e-4 in the place of 0; a gradient that is not 0 by the formula is about 10.
    /// </summary>
    [Fact]
    public void Backward_BiasBeforeANorm_HasNoGradientButRoundings()
    {
        float[] summed = BiasGradient(hasNorm: true, [], out PlanReport plain);
        Assert.All(summed, gradient => Assert.InRange(gradient, -1.9e-4f, 1.9e-4f));
        Assert.Contains(plain.Steps, IsChannelSum);
        Assert.All(BiasGradient(hasNorm: true, [new NoBiasGradientBeforeNorm()], out PlanReport rewritten), gradient => Assert.Equal(0, gradient));
        Assert.DoesNotContain(rewritten.Steps, IsChannelSum);
        Assert.Equal(BiasGradient(hasNorm: false, [], out _), BiasGradient(hasNorm: false, [new NoBiasGradientBeforeNorm()], out PlanReport kept));
        Assert.Contains(kept.Steps, IsChannelSum);
    }

    private static bool IsChannelSum(StepReport step) => step.Problem.StartsWith("channel_sum", StringComparison.Ordinal);

    private static float[] BiasGradient(bool hasNorm, Rewrite[] rewrites, out PlanReport report)
    {
        using CpuDevice device = new(1);
        Tape tape = new();
        Value y = Convolve(tape, new(new(3, 3, 3), Int3.One), Input(tape, "x", Small));
        y = hasNorm ? Norm(tape, y) : y;
        Value[] inputs = [.. tape.Nodes.SelectMany(node => node.Inputs).Where(value => value.Kind == ValueKind.Input).Distinct()];
        Value dy = tape.Input("dy", y.Desc);
        // With the source's gradient and the result, every input is read.
        Value[] wanted = [.. inputs.Where(input => input.Name is "b" or "x")];
        IReadOnlyDictionary<Value, Value> gradients = tape.Backward(new Dictionary<Value, Value> { [y] = dy }, wanted);
        tape.Output("y", y);
        foreach (Value input in wanted)
            tape.Output($"grad.{input.Name}", gradients[input]);
        using CompiledModel model = new(device, new DictionaryParameters());
        // Weights are inputs here, and other kernels read weights packed.
        using Plan plan = model.CreatePlan(tape, new PlanOptions { Rewrites = rewrites, KernelFilter = KernelHarness.IsReference });
        foreach (Value input in inputs)
            plan.Write(device, input.Name, ValuesOf(input));
        plan.Write(device, "dy", OpCase.Uniform(y.Desc.Shape.Count, "dy"));
        plan.Run().Wait();
        report = plan.Report;
        return plan.Read(device, "grad.b");
    }

    private static Value Input(Tape tape, string name, Shape shape, Layout layout = Layout.NDHWC) => tape.Input(name, new TensorDesc(shape, layout));

    private static Value Twice(Tape tape, Value a) => tape.Apply(new AddOp(), "y", a, tape.Apply(new LeakyReluOp(0.5f), "act", a));

    private static Value Norm(Tape tape, Value x)
    {
        Value statistics = tape.Apply(new InstanceNormStatisticsOp(1e-5f), "statistics", x);
        Shape channels = Shape.Channels(x.Desc.Shape.C);
        return tape.Apply(new InstanceNormApplyOp(), "y", x, statistics, Input(tape, "gamma", channels, Layout.NCDHW), Input(tape, "beta", channels, Layout.NCDHW));
    }

    private static Value Convolve(Tape tape, Conv3dOp op, params Value[] sources)
    {
        const int Outputs = 2;
        Value weight = Input(tape, "w", new Shape(Outputs, sources.Sum(source => source.Desc.Shape.C), op.Kernel), Layout.NCDHW);
        return tape.Apply(op, "y", [.. sources, weight, Input(tape, "b", Shape.Channels(Outputs), Layout.NCDHW)]);
    }

    private static Value Loss(Tape tape, SegmentationLoss loss)
    {
        Value logits = Input(tape, "x", Small);
        int channels = loss.HasRegions ? Small.C + (loss.IgnoreLabel is null ? 0 : 1) : 1;
        Value target = tape.Input(loss.HasRegions ? "#regions" : "#labels", new TensorDesc(Small with { C = channels }, Layout.NDHWC, DType.U8));
        Value sums = tape.Apply(new SegmentationLossSumsOp(loss), "sums", logits, target);
        return tape.Apply(new SegmentationLossOp(loss, 0.75f), "loss", logits, target, sums);
    }

    // No activation lies within a step of its kink.
    private static float[] ValuesOf(Value input)
    {
        float[] values = OpCase.Uniform(input.Desc.Shape.Count, input.Name);
        return input.Name switch
        {
            "#regions" => [.. values.Select(value => value > 0.2f ? 1f : 0f)],
            "#labels" => [.. values.Select(value => MathF.Floor((value + 1) * 1.5f))],
            _ => [.. values.Select(value => value + (Math.Abs(value) < 0.05f ? 0.1f : 0))],
        };
    }
}
