using System.Diagnostics;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// Whole training steps of one size, batch 2, in every kind of numbers for which there is time: forward, losses of all resolutions, backward, clipping, update. Twice: by the host's clock, where
/// images and labels come from the host and the loss goes back, and by the device's events, where steps follow each other on the device.
/// </summary>
internal sealed class TrainingPart : IPart
{
    private const int MostRuns = 20;

    public string Name => "training";

    public string Proves => "time and memory of a training step of 128^3, batch 2";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        int failed = 0;
        foreach (TrainingMode mode in options.WithinAllowance(TrainingMode.All.Where(mode => options.Numbers.Contains(mode.Name)), mode => mode.Name, cancellation))
        {
            JsonObject line = new() { ["size"] = options.Size.ToString(), ["arithmetic"] = mode.Name };
            try
            {
                Measure(device, options, mode, line, cancellation);
            }
            catch (Exception reason) when (reason is StuNetException or InvalidDataException)
            {
                Console.WriteLine($"{options.Size} {mode.Name}: not measured, {reason.Message}");
                line["absent"] = reason.Message;
                failed++;
            }

            results.Add(line);
        }

        return failed == 0 ? 0 : 1;
    }

    private static void Measure(GpuDevice device, PartOptions options, TrainingMode mode, JsonObject line, CancellationToken cancellation)
    {
        using TrainingRun training = new(device, options, mode, isProfiled: false);
        RunTimes host = TimeByHost(training, options.Budget, cancellation);
        RunTimes times = EventClock.Measure(device, training.Enqueue, options.Budget, cancellation);
        // Random labels are learnt until gradients may leave binary16 again; what the timed steps left behind must still be numbers.
        SettleScale(training, cancellation);
        times.AddTo(line, training.Report.Work);
        line["host_ms_median"] = host.Median;
        line["loss_factor"] = training.Scale.Factor;
        line["skipped_steps"] = training.Scale.SkippedSteps;
        line["recompute"] = training.Recompute.ToString();
        line["activation_bytes"] = training.Report.ArenaBytes + training.Report.InputBytes;
        line["run"] = training.RunDescription;
        Console.WriteLine(
            $"{options.Size} {mode.Name,-5} {times.Median,9:F2} ms by {times.Clock} (least {times.Milliseconds.Min():F2}, {times.Milliseconds.Count} runs), {host.Median:F2} ms with copies {(double)line["tflops"]!,8:F2} TFLOP/s, recompute {training.Recompute}, activations and workspace {(long)line["activation_bytes"]! >> 20} MiB{(training.RunDescription.Length > 0 ? $"; {training.RunDescription}" : "")}");
    }

    private static RunTimes TimeByHost(TrainingRun training, TimeSpan budget, CancellationToken cancellation)
    {
        // The first step compiles and loads kernels.
        SettleScale(training, cancellation);
        List<double> milliseconds = [];
        for (double total = 0; milliseconds.Count == 0 || (milliseconds.Count < MostRuns && total < budget.TotalMilliseconds); total += milliseconds[^1])
        {
            cancellation.ThrowIfCancellationRequested();
            // A step ends with reading its loss, so the host's clock sees all of it.
            long start = Stopwatch.GetTimestamp();
            training.Step();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new RunTimes(milliseconds, "host clock");
    }

    // Steps until one changes the parameters: each that leaves binary16 halves the factor on the loss, and without a factor to halve it fails.
    private static void SettleScale(TrainingRun training, CancellationToken cancellation)
    {
        while (!training.Step())
            cancellation.ThrowIfCancellationRequested();
    }
}
