using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every distinct step of a size's patch by the device's events, inside of the plan: with the caches as the step before left them.</summary>
internal sealed class LayersPart : IPart
{
    private const int MostRuns = 20;

    public string Name => "layers";

    public string Proves => "time of every distinct layer, its kernel, TFLOP/s and GB/s";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        Arithmetic arithmetic = Arithmetic.All.First(arithmetic => arithmetic.Name == (options.IsQuick ? "f32" : "f16"));
        using WindowPlan window = new(device, options, arithmetic, isProfiled: true);
        RunTimes[] steps = Time(device, window, options.Budget, cancellation);
        Console.WriteLine($"{options.Size}, {arithmetic.Name}, by {window.Clock}");
        Console.WriteLine($"{"ms",9} {"times",5} {"TFLOP/s",8} {"GB/s",8}  {"kernel",-30} problem");
        foreach (IGrouping<(string, string), (StepReport Step, RunTimes Times)> layer in window.Report.Steps.Zip(steps).GroupBy(pair => (pair.First.Problem, pair.First.Kernel)))
        {
            // A layer that the network has several times: the median of all.
            RunTimes times = new([.. layer.SelectMany(step => step.Times.Milliseconds)]);
            StepReport step = layer.First().Step;
            JsonObject line = times.AddTo(
                new JsonObject
                {
                    ["size"] = options.Size.ToString(),
                    ["arithmetic"] = arithmetic.Name,
                    ["problem"] = step.Problem,
                    ["kernel"] = step.Kernel,
                    ["tensor_cores"] = step.UsesTensorCores,
                    ["times_in_network"] = layer.Count(),
                },
                step.Work);
            Console.WriteLine($"{times.Median,9:F4} {layer.Count(),5} {(double)line["tflops"]!,8:F2} {(double)line["gbs"]!,8:F1}  {step.Kernel,-30} {step.Problem}");
            results.Add(line);
        }

        return 0;
    }

    private static RunTimes[] Time(Device device, WindowPlan window, TimeSpan budget, CancellationToken cancellation)
    {
        window.Enqueue();
        device.Synchronize();
        List<double>[] times = [.. window.Report.Steps.Select(_ => new List<double>())];
        double total = 0;
        for (int run = 0; run < MostRuns && (run == 0 || total < budget.TotalMilliseconds); run++)
        {
            cancellation.ThrowIfCancellationRequested();
            window.Enqueue();
            foreach ((List<double> step, StepProfile latest) in times.Zip(window.Profile))
                step.Add(latest.Milliseconds);
            total += window.Profile.Sum(step => step.Milliseconds);
        }

        return [.. times.Select(values => new RunTimes(values))];
    }
}
