using System.Diagnostics;
using System.Text.Json.Nodes;
using STUNet.Benchmarks.Engines;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// Whole training steps of one size, batch 2: forward, losses of all resolutions, backward, clipping, update; images and labels come from the host and the loss goes back. What
/// takes one pass over memory is recomputed, as by default, and blocks where the device's memory asks for it.
/// </summary>
internal sealed class TrainingPart : IPart
{
    private const int Batch = 2;
    private const int MostRuns = 20;

    public string Name => "training";

    public string Proves => "time and memory of a training step of 128^3, batch 2";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        int failed = 0;
        foreach (TrainingMode mode in TrainingMode.All)
        {
            cancellation.ThrowIfCancellationRequested();
            JsonObject line = new() { ["size"] = options.Size.ToString(), ["arithmetic"] = mode.Name };
            try
            {
                if (mode.Configure is null)
                    throw new InvalidRequestException(mode.Absence);
                Measure(device, options, mode, line, cancellation);
            }
            catch (StuNetException reason)
            {
                Console.WriteLine($"{options.Size} {mode.Name}: not measured, {reason.Message}");
                line["absent"] = reason.Message;
                failed += mode.Configure is null ? 0 : 1;
            }

            results.Add(line);
        }

        return failed == 0 ? 0 : 1;
    }

    private static void Measure(GpuDevice device, PartOptions options, TrainingMode mode, JsonObject line, CancellationToken cancellation)
    {
        EngineJob job = new(options.Size, options.Patch, options.Classes, Environment.ProcessorCount, OnnxPath: "", Batch: Batch);
        (TrainingNetwork network, Recompute recompute) = Open(device, job, mode);
        using (network)
        {
            float[] image = job.Image();
            IReadOnlyList<TrainingTarget> targets = TrainingTarget.Of(job);
            int number = 0;
            List<double> seconds = [];
            for (double total = 0; seconds.Count <= MostRuns && (seconds.Count < 2 || total < options.Budget.TotalSeconds); total += seconds[^1])
            {
                cancellation.ThrowIfCancellationRequested();
                // A step ends with reading its loss, so the host's clock sees all of it.
                long start = Stopwatch.GetTimestamp();
                network.Step(image, scale => targets[scale].Labels, TrainingStep.Rate, ++number);
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            // The first step compiles and loads kernels.
            RunTimes times = new([.. seconds.Skip(1).Select(time => 1e3 * time)]);
            PlanReport report = network.Report;
            times.AddTo(line, new WorkEstimate(report.Steps.Sum(step => step.Work.Flops), report.Steps.Sum(step => step.Work.Bytes)));
            line["clock"] = "host";
            line["recompute"] = recompute.ToString();
            line["activation_bytes"] = report.ArenaBytes + report.InputBytes;
            Console.WriteLine(
                $"{options.Size} {mode.Name,-5} {times.Median,9:F2} ms (least {times.Milliseconds.Min():F2}, {times.Milliseconds.Count} runs) {(double)line["tflops"]!,8:F2} TFLOP/s, recompute {recompute}, activations and workspace {(long)line["activation_bytes"]! >> 20} MiB");
        }
    }

    private static (TrainingNetwork Network, Recompute Recompute) Open(GpuDevice device, EngineJob job, TrainingMode mode)
    {
        TrainingStepSettings settings = mode.Configure!(new TrainingStepSettings
        {
            Network = job.Network(),
            BatchSize = job.Batch,
            Patch = job.Patch,
            Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
            Weights = TrainingTarget.Weights,
            Version = NnunetVersion.V2,
            Optimiser = new Sgd { Momentum = TrainingStep.Momentum, WeightDecay = TrainingStep.WeightDecay, MaxGradientNorm = TrainingStep.MaxNorm },
        });
        try
        {
            return (Create(Recompute.Cheap), Recompute.Cheap);
        }
        catch (InsufficientResourcesException)
        {
            return (Create(Recompute.Blocks), Recompute.Blocks);
        }

        TrainingNetwork Create(Recompute recompute) =>
            new(settings, device, new FreshParameters(new SeededParameters(job.Network(), "gpu")), new PlanOptions { Recompute = recompute });
    }
}
