using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.TestKit.Golden;

/// <summary>
/// The golden ops: convolution, norm, activation, concatenation, upsampling, softmax and residual blocks, forward and gradients, with and without rewrites, on
/// any device.
/// </summary>
public static class GoldenOps
{
    /// <summary>File of the convolutions.</summary>
    public const string ConvolutionFile = "ops/conv3d.safetensors";

    /// <summary>File of the instance norms.</summary>
    public const string NormFile = "ops/instance_norm.safetensors";

    /// <summary>File of everything else.</summary>
    public const string BlockFile = "ops/blocks.safetensors";

    private const float LeakySlope = 0.01f;
    private const float NormEpsilon = 1e-5f;

    /// <summary>Every file.</summary>
    public static IReadOnlyList<string> Files { get; } = [ConvolutionFile, NormFile, BlockFile];

    /// <summary>Computes a case and compares output and gradients.</summary>
    /// <param name="device">The device.</param>
    /// <param name="file">One of <see cref="Files"/>.</param>
    /// <param name="name">Name of the case.</param>
    /// <returns>A sentence for every tensor that is too far off.</returns>
    public static IReadOnlyList<string> Differences(Device device, GoldenFile file, string name)
    {
        JsonElement @case = file.Case(name);
        return file.Name switch
        {
            ConvolutionFile => Compare(0, tape => Convolve(tape, file, name, Input(tape, file, $"{name}.x"), "w", "b", GoldenNetwork.Int3Of(@case.GetProperty("stride")))),
            NormFile => Compare(NormFloor(@case), tape => Norm(tape, Input(tape, file, $"{name}.x"), "gamma", "beta", @case.GetProperty("eps").GetSingle())),
            _ when @case.TryGetProperty("slope", out JsonElement slope) =>
                Compare(0, tape => tape.Apply(new LeakyReluOp(slope.GetSingle()), "y", Input(tape, file, $"{name}.x"))),
            _ when file.Has($"{name}.a") => Compare(0, tape => tape.Apply(new ConcatChannelsOp(), "y", Input(tape, file, $"{name}.a"), Input(tape, file, $"{name}.b"))),
            _ when @case.TryGetProperty("factor", out JsonElement factor) => Compare(0, tape => Upsample(tape, file, name, GoldenNetwork.Int3Of(factor))),
            _ when file.Has($"{name}.conv1.weight") => Compare(0, tape => Residual(tape, file, name, GoldenNetwork.Int3Of(@case.GetProperty("stride")))),
            _ => Compare(1e-6, tape => tape.Apply(new SoftmaxOp(), "y", Input(tape, file, $"{name}.x"))),
        };

        IReadOnlyList<string> Compare(double floor, Func<Tape, Value> record) =>
            [.. ((PlanOptions[])[new(), new() { Rewrites = [] }]).SelectMany(options => DifferencesOf(device, file, name, floor, record, options)).OfType<string>()];
    }

    // The golden README's floor: its float32 library loses three digits for |mean| / std of 1e4 and more.
    private static double NormFloor(JsonElement @case) =>
        Math.Abs(@case.GetProperty("mean").GetDouble()) / @case.GetProperty("std").GetDouble() >= 9999 ? 1e-3 : 0;

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

    private static IReadOnlyList<string?> DifferencesOf(Device device, GoldenFile file, string name, double floor, Func<Tape, Value> record, PlanOptions options)
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
        return [GoldenDifference.Of(file.Tensor($"{name}.y"), plan.Read(device, "y"), floor), .. leaves.Select(Gradient)];

        string? Gradient(Value leaf)
        {
            string parameter = leaf.Kind == ValueKind.Input ? leaf.Name[(name.Length + 1)..] : leaf.Name;
            return GoldenDifference.Of(file.Tensor($"{name}.grad.{parameter}"), plan.Read(device, $"grad.{leaf.Name}"), GradientFloor(parameter, floor));
        }
    }

    // The golden README: a bias in front of an instance norm changes nothing, its gradient is rounding.
    private static double GradientFloor(string parameter, double floor) => parameter is "conv1.bias" or "conv2.bias" ? 1e-5 : floor;
}
