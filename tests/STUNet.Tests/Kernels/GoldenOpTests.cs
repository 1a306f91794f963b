using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Kernels;

/// <summary>
/// Convolution, norm, activation, concatenation, upsampling, softmax and residual blocks against PyTorch, forward and gradients, with and without rewrites.
/// </summary>
public sealed class GoldenOpTests
{
    private const string ConvolutionFile = "ops/conv3d.safetensors";
    private const string NormFile = "ops/instance_norm.safetensors";
    private const string BlockFile = "ops/blocks.safetensors";
    private const float LeakySlope = 0.01f;
    private const float NormEpsilon = 1e-5f;

    public static IEnumerable<ITheoryDataRow> Convolutions => TestDevices.Times(GoldenCases.Of(ConvolutionFile));

    public static IEnumerable<ITheoryDataRow> Norms => TestDevices.Times(GoldenCases.Of(NormFile));

    public static IEnumerable<ITheoryDataRow> Blocks => TestDevices.Times(GoldenCases.Of(BlockFile));

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution_Case_EqualsPyTorch(string name, string device)
    {
        GoldenFile file = GoldenCases.Main.File(ConvolutionFile);
        Int3 stride = GoldenNetwork.Int3Of(file.Case(name).GetProperty("stride"));
        Compare(device, file, name, 0, tape => Convolve(tape, file, name, Input(tape, file, $"{name}.x"), "w", "b", stride));
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void InstanceNorm_Case_EqualsPyTorch(string name, string device)
    {
        GoldenFile file = GoldenCases.Main.File(NormFile);
        JsonElement @case = file.Case(name);
        float epsilon = @case.GetProperty("eps").GetSingle();

        // The golden README's floor: its float32 library loses three digits for |mean| / std of 1e4 and more.
        double ratio = Math.Abs(@case.GetProperty("mean").GetDouble()) / @case.GetProperty("std").GetDouble();
        Compare(device, file, name, ratio >= 9999 ? 1e-3 : 0, tape => Norm(tape, Input(tape, file, $"{name}.x"), "gamma", "beta", epsilon));
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_Case_EqualsPyTorch(string name, string device)
    {
        GoldenFile file = GoldenCases.Main.File(BlockFile);
        JsonElement @case = file.Case(name);
        if (@case.TryGetProperty("slope", out JsonElement slope))
            Compare(device, file, name, 0, tape => tape.Apply(new LeakyReluOp(slope.GetSingle()), "y", Input(tape, file, $"{name}.x")));
        else if (file.Has($"{name}.a"))
            Compare(device, file, name, 0, tape => tape.Apply(new ConcatChannelsOp(), "y", Input(tape, file, $"{name}.a"), Input(tape, file, $"{name}.b")));
        else if (@case.TryGetProperty("factor", out JsonElement factor))
            Compare(device, file, name, 0, tape => Upsample(tape, file, name, GoldenNetwork.Int3Of(factor)));
        else if (file.Has($"{name}.conv1.weight"))
            Compare(device, file, name, 0, tape => Residual(tape, file, name, GoldenNetwork.Int3Of(@case.GetProperty("stride"))));
        else
            Compare(device, file, name, 1e-6, tape => tape.Apply(new SoftmaxOp(), "y", Input(tape, file, $"{name}.x")));
    }

    private static Value Input(Tape tape, GoldenFile file, string name) =>
        tape.Input(name, new TensorDesc(GoldenNetwork.ShapeOf(file.Tensor(name))));

    private static Value Norm(Tape tape, Value x, string gamma, string beta, float epsilon)
    {
        Shape channels = Shape.Channels(x.Desc.Shape.C);
        Value statistics = tape.Apply(new InstanceNormStatisticsOp(epsilon), $"{gamma}.statistics", x);
        return tape.Apply(new InstanceNormApplyOp(), $"{gamma}.apply", x, statistics, tape.Parameter(gamma, channels), tape.Parameter(beta, channels));
    }

    private static Value Convolve(Tape tape, GoldenFile file, string name, Value x, string weight, string bias, Int3 stride)
    {
        Shape shape = GoldenNetwork.ShapeOf(file.Tensor($"{name}.{weight}"));
        return tape.Apply(
            new Conv3dOp(shape.Size, stride), weight, x, tape.Parameter(weight, shape), tape.Parameter(bias, Shape.Channels(shape.N)));
    }

    private static Value Upsample(Tape tape, GoldenFile file, string name, Int3 factor)
    {
        Value x = tape.Apply(new UpsampleNearestOp(factor), "upsample", Input(tape, file, $"{name}.x"));
        return Convolve(tape, file, name, x, "w", "b", Int3.One);
    }

    private static Value Residual(Tape tape, GoldenFile file, string name, Int3 stride)
    {
        Value x = Input(tape, file, $"{name}.x");
        Value y = Convolve(tape, file, name, x, "conv1.weight", "conv1.bias", stride);
        y = tape.Apply(new LeakyReluOp(LeakySlope), "act1", Norm(tape, y, "norm1.weight", "norm1.bias", NormEpsilon));
        y = Convolve(tape, file, name, y, "conv2.weight", "conv2.bias", Int3.One);
        y = Norm(tape, y, "norm2.weight", "norm2.bias", NormEpsilon);
        Value shortcut = file.Has($"{name}.conv3.weight") ? Convolve(tape, file, name, x, "conv3.weight", "conv3.bias", stride) : x;
        return tape.Apply(new LeakyReluOp(LeakySlope), "act2", tape.Apply(new AddOp(), "add", y, shortcut));
    }

    private static void Compare(string deviceName, GoldenFile file, string name, double floor, Func<Tape, Value> record)
    {
        Device device = TestDevices.Open(deviceName);
        foreach (PlanOptions options in (PlanOptions[])[new(), new() { Rewrites = [] }])
        {
            Tape tape = new();
            Value y = record(tape);
            tape.Output("y", y);
            Value[] leaves = [.. tape.Nodes.SelectMany(node => node.Inputs).Where(value => value.Kind != ValueKind.Intermediate).Distinct()];
            Value[] inputs = [.. leaves.Where(leaf => leaf.Kind == ValueKind.Input), tape.Input($"{name}.dy", y.Desc)];
            IReadOnlyDictionary<Value, Value> gradients = tape.Backward(new Dictionary<Value, Value> { [y] = inputs[^1] }, leaves);
            foreach (Value leaf in leaves.Where(leaf => gradients[leaf].Kind == ValueKind.Intermediate))
                tape.Output($"grad.{leaf.Name}", gradients[leaf]);
            using CompiledModel model = new(device, new DictionaryParameters(parameter => file.Tensor($"{name}.{parameter}").ToSingles()));
            using Plan plan = model.CreatePlan(tape, options);
            foreach (Value input in inputs)
                plan.Write(device, input.Name, file.Tensor(input.Name).ToSingles());
            plan.Run().Wait();
            GoldenCompare.Within(file.Tensor($"{name}.y"), plan.Read(device, "y"), floor);
            foreach (Value leaf in leaves)
            {
                string parameter = leaf.Kind == ValueKind.Input ? leaf.Name[(name.Length + 1)..] : leaf.Name;
                GoldenCompare.Within(file.Tensor($"{name}.grad.{parameter}"), plan.Read(device, $"grad.{leaf.Name}"), GradientFloor(parameter, floor));
            }
        }
    }

    // The golden README: a bias in front of an instance norm changes nothing, its gradient is rounding.
    private static double GradientFloor(string parameter, double floor) => parameter is "conv1.bias" or "conv2.bias" ? 1e-5 : floor;
}
