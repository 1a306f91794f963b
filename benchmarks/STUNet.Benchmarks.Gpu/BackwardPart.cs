using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// Every distinct step of a training step from the losses on, by the device's events: data and weight gradients of every layer, norms, what is computed anew, updates. Batch 2, in f16 and bf16.
/// </summary>
internal sealed class BackwardPart : IPart
{
    private const string Losses = "loss.";

    public string Name => "backward";

    public string Proves => "time of every distinct gradient, its kernel, TFLOP/s and GB/s";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        foreach (TrainingMode mode in TrainingMode.All.Where(mode => mode.Precision.Activations() != DType.F32 && options.Numbers.Contains(mode.Name)))
        {
            cancellation.ThrowIfCancellationRequested();
            using TrainingRun training = new(device, options, mode, isProfiled: true);
            Console.WriteLine($"{options.Size}, {mode.Name}, recompute {training.Recompute}, by {training.Clock}");
            IReadOnlyList<(StepReport Step, RunTimes Times)> steps = LayerTable.Time(() => training.Step(), () => training.Profile, training.Clock, options.Budget / 2, cancellation);
            LayerTable.Add(results, options, mode.Name, steps.SkipWhile(step => !step.Step.Label.StartsWith(Losses, StringComparison.Ordinal)));
        }

        return 0;
    }
}
