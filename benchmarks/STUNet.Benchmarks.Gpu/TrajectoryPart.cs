using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit.Golden;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Ten training steps of the goldens' tiny network in fewer bits, beside the same in float32: how far their losses are apart. The table has PyTorch's own distance beside it.</summary>
internal sealed class TrajectoryPart : IPart
{
    private const int QuickSteps = 2;

    public string Name => "trajectory";

    public string Proves => "ten training steps in f16, bf16 and tf32 stay as near to float32 as PyTorch's AMP does";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        if (GoldenSet.Main is not { } set || set.Files.FirstOrDefault(file => file.Name == GoldenTrajectory.BatchFile) is not { } batches)
        {
            Console.WriteLine("skipped: there are no goldens of a training here; STUNET_GOLDEN names their folder.");
            return IPart.Skipped;
        }

        using GpuDevice device = options.Open();
        string name = batches.CaseNames.First();
        float[] exact = LossesOf(Precision.F32);
        foreach (TrainingMode mode in TrainingMode.All.Where(mode => mode.Precision != Precision.F32 && options.Numbers.Contains(mode.Name)).Take(options.IsQuick ? 1 : int.MaxValue))
        {
            cancellation.ThrowIfCancellationRequested();
            float[] losses = LossesOf(mode.Precision);
            float distance = losses.Zip(exact, (loss, other) => Math.Abs(loss - other)).Max();
            Console.WriteLine($"{mode.Name,-5} {losses.Length} steps, last loss {losses[^1]:F5}, in f32 {exact[^1]:F5}, at most {distance:E2} apart");
            if (!losses.All(float.IsFinite))
            {
                Console.WriteLine("FAILED: a loss that is no number");
                return 1;
            }

            results.Add(new JsonObject { ["arithmetic"] = mode.Name, ["steps"] = losses.Length, ["loss_distance"] = distance, ["last_loss"] = losses[^1], ["last_loss_f32"] = exact[^1] });
        }

        return 0;

        float[] LossesOf(Precision precision)
        {
            using GoldenTrajectory trajectory = new(set, name, NnunetVersion.V2, device, precision: precision);
            return [.. Enumerable.Range(0, options.IsQuick ? QuickSteps : trajectory.Steps).Select(step => trajectory.Step(step).Loss)];
        }
    }
}
