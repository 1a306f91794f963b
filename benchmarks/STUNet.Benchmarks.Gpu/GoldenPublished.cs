using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// A published size with seeded weights: logits at the stored positions, and the label of every voxel. float32 within the golden README's tolerance. For the others the bound of
/// rounding activations: each convolution's weights, output and normalised output are rounded by up to u of their size (u = 2^-11 for F16 and TF32, 2^-8 for BF16),
/// norms keep values at a size of about 1, so independent errors of L convolutions in a row add up in squares to sqrt(L) * u of the logits' root mean square; five of these for the largest of all, and a factor of
/// 2 for gammas of up to 1.25 and residual sums: 10 * sqrt(L) * u.
/// </summary>
internal static class GoldenPublished
{
    private const string Image = "image";
    private const string Logits = "logits";
    private const string Labels = "labels";

    public static IReadOnlyList<string> Differences(Device device, GoldenSet set, GoldenFile file, Arithmetic arithmetic)
    {
        JsonElement @case = file.Case(file.CaseNames.Single());
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        Int3 patch = GoldenNetwork.Int3Of(@case.GetProperty("patch"));
        string salt = @case.GetProperty("salt").GetString()!;
        using CompiledModel model = new(device, new SeededParameters(config, salt));
        using Plan plan = model.CreatePlan(Record(config, patch, arithmetic.Activations), arithmetic.Options);
        plan.Write(device, Image, SeededInput.Create(salt, config.InputChannels, patch));
        plan.Run().Wait();
        GoldenTensor expected = file.Tensor(Logits);
        float[] values = expected.ToSingles();
        double limit = arithmetic.Name == "f32" ? expected.Tolerance() : Limit(config, values, arithmetic);
        string? difference = GoldenDifference.Of(Logits, values, AtPositions(device, plan, file.Tensor("positions").Cast<int>()), limit);
        float[] labels = plan.Read(device, Labels);
        int wrong = GoldenLabels.Beside(set, file).CountWrong(labels);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"        {100 - (100.0 * wrong / labels.Length):F4} % of the labels are PyTorch's or ambiguous"));
        // Nearby classes of a network of random weights may change places in few bits; in float32 none may.
        string? labelDifference = arithmetic.Name == "f32" && wrong > 0 ? $"{wrong} labels differ outside of the ambiguous voxels" : null;
        return [.. ((string?[])[difference, labelDifference]).OfType<string>()];
    }

    private static double Limit(StuNetConfig config, float[] logits, Arithmetic arithmetic)
    {
        int convolutions = (2 * config.Depth.Sum()) + (2 * config.Depth.Take(config.Stages - 1).Sum()) + config.Stages;
        double rootMeanSquare = Math.Sqrt(logits.Average(value => (double)value * value));
        return 10 * Math.Sqrt(convolutions) * Math.Pow(2, arithmetic.Activations == DType.BF16 ? -8 : -11) * rootMeanSquare;
    }

    private static Tape Record(StuNetConfig config, Int3 patch, DType activations)
    {
        Tape tape = new();
        Value x = tape.Input(Image, new TensorDesc(new Shape(1, config.InputChannels, patch)));
        Value logits = StuNet.Forward(tape, config, activations == DType.F32 ? x : tape.Apply(new CastOp(activations), "image.cast", x))[0];
        logits = activations == DType.F32 ? logits : tape.Apply(new CastOp(DType.F32), "logits.cast", logits);
        tape.Output(Logits, logits);
        tape.Output(Labels, tape.Apply(new ArgMaxOp(), Labels, logits));
        return tape;
    }

    // Positions lie all over the volume; the whole of 105 classes would be a gigabyte on the host.
    private static float[] AtPositions(Device device, Plan plan, int[] positions)
    {
        TensorView view = plan.View(Logits);
        int classes = view.Desc.Shape.C;
        float[] values = new float[positions.Length * classes];
        for (int i = 0; i < positions.Length; i++)
        {
            Span<float> row = values.AsSpan(i * classes, classes);
            device.Download(view.Memory, view.ByteOffset + ((long)positions[i] * view.Desc.ChannelPitch * sizeof(float)), System.Runtime.InteropServices.MemoryMarshal.AsBytes(row));
        }

        return values;
    }
}
