using STUNet.Core;
using STUNet.Model;
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

    public static IReadOnlyList<string> Differences(Device device, GoldenSet set, string name, NnunetVersion version, int steps)
    {
        using GoldenTrajectory trajectory = new(set, name, version, device);
        GoldenTensor losses = trajectory.Expected.Tensor("loss");
        GoldenTensor norms = trajectory.Expected.Tensor("grad_total_norm");
        List<string?> differences = [];
        for (int step = 0; step < Math.Min(steps, trajectory.Steps); step++)
        {
            TrainingStepResult result = trajectory.Step(step);
            double drift = step == 0 ? 0 : Drift;
            differences.Add(Difference($"loss of step {step}", losses, step, result.Loss, drift));
            differences.Add(Difference($"norm of the gradients of step {step}", norms, step, result.GradientNorm, 2 * drift));
        }

        return [.. differences.OfType<string>()];
    }

    private static string? Difference(string what, GoldenTensor expected, int step, float actual, double drift) => GoldenDifference.Of(
        what, [expected.ToSingles()[step]], [actual], Math.Max(Math.Max(expected.Tolerance(), 1e-5 * expected.Scale), drift));
}
