using System.Text.Json;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// Ten training steps of a tiny network: loss and norm of all gradients of every step. The first step is held to the golden README's 1e-5 of the scale. After it 1e-3 is
/// allowed (2e-3 for norms): once the activation nearest to zero falls on its other side, float32 runs of different orders drift apart by that, as the README says.
/// </summary>
internal static class GoldenTraining
{
    private const double Drift = 1e-3;

    public static string ExpectedFile(NnunetVersion version) => version == NnunetVersion.V1 ? "train/v1.safetensors" : "train/v2.safetensors";

    public static IReadOnlyList<string> Differences(Device device, GoldenSet set, GoldenFile batches, string name, NnunetVersion version, int steps)
    {
        JsonElement @case = batches.Case(name);
        GoldenFile expected = set.File(ExpectedFile(version));
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        Shape image = GoldenNetwork.ShapeOf(batches.Tensor("x.0"));
        DeepSupervisionTargets targets = new(image.Size, [.. config.Strides], NnunetVersion.V1);
        using AugmentationScratch scratch = new();
        FreshParameters parameters = new(new DictionaryParameters(parameter => batches.Tensor($"init.{parameter}").ToSingles()));
        using TrainingNetwork network = new(Settings(@case, config, image, version), device, parameters);
        GoldenTensor losses = expected.Tensor("loss");
        GoldenTensor norms = expected.Tensor("grad_total_norm");
        double[] rates = expected.Tensor("lr").Cast<double>();
        List<string?> differences = [];
        for (int step = 0; step < Math.Min(steps, rates.Length); step++)
        {
            float[] x = [.. batches.Tensor($"x.{step}").ToSingles().Select(value => value / 64)];
            short[] target = [.. batches.Tensor($"target.{step}").ToSingles().Select(value => (short)value)];
            TrainingStepResult result = network.Step(x, scale => Shrunken(target, image, targets, scale, scratch), (float)rates[step], step + 1);
            double drift = step == 0 ? 0 : Drift;
            differences.Add(Difference($"loss of step {step}", losses, step, result.Loss, drift));
            differences.Add(Difference($"norm of the gradients of step {step}", norms, step, result.GradientNorm, 2 * drift));
        }

        return [.. differences.OfType<string>()];
    }

    private static string? Difference(string what, GoldenTensor expected, int step, float actual, double drift) => GoldenDifference.Of(
        what, [expected.ToSingles()[step]], [actual], Math.Max(Math.Max(expected.Tolerance(), 1e-5 * expected.Scale), drift));

    private static TrainingStepSettings Settings(JsonElement @case, StuNetConfig config, Shape image, NnunetVersion version) => new()
    {
        Network = config,
        BatchSize = image.N,
        Patch = image.Size,
        Loss = version == NnunetVersion.V1
            ? new SegmentationLoss(DiceForm.Version1, @case.GetProperty("batch_dice")[0].GetBoolean())
            : new SegmentationLoss(DiceForm.Version2, @case.GetProperty("batch_dice")[1].GetBoolean()),
        Weights = [.. @case.GetProperty("ds_weights").EnumerateArray().Select(weight => weight.GetDouble())],
        Version = version,
        Optimiser = new Sgd
        {
            Momentum = @case.GetProperty("momentum").GetSingle(),
            WeightDecay = @case.GetProperty("weight_decay").GetSingle(),
            MaxGradientNorm = @case.GetProperty("clip_norm").GetSingle(),
        },
    };

    private static short[] Shrunken(short[] labels, Shape image, DeepSupervisionTargets targets, int scale, AugmentationScratch scratch)
    {
        int voxels = (int)image.Voxels;
        int length = targets.Length(scale);
        short[] target = new short[image.N * length];
        for (int n = 0; n < image.N; n++)
            targets.Write(labels.AsSpan(n * voxels, voxels), scale, target.AsSpan(n * length, length), scratch);
        return target;
    }
}
