using System.Text.Json.Nodes;
using STUNet.Engine;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every distinct step of a plan, timed inside of it: with the caches as the step before left them.</summary>
internal static class LayerTable
{
    private const int MostRuns = 20;

    /// <summary>Runs a profiled plan and takes the time of every step.</summary>
    /// <param name="run">One run.</param>
    /// <param name="profile">The times of the latest run.</param>
    /// <param name="clock">What measures them.</param>
    /// <param name="budget">Time for all timed runs.</param>
    /// <param name="cancellation">Stops between runs.</param>
    public static IReadOnlyList<(StepReport Step, RunTimes Times)> Time(
        Action run, Func<IReadOnlyList<StepProfile>> profile, string clock, TimeSpan budget, CancellationToken cancellation)
    {
        run();
        IReadOnlyList<StepProfile> latest = profile();
        List<double>[] times = [.. latest.Select(_ => new List<double>())];
        double total = 0;
        for (int runs = 0; runs < MostRuns && (runs == 0 || total < budget.TotalMilliseconds); runs++)
        {
            cancellation.ThrowIfCancellationRequested();
            run();
            latest = profile();
            for (int step = 0; step < times.Length; step++)
                times[step].Add(latest[step].Milliseconds);
            total += latest.Sum(step => step.Milliseconds);
        }

        return [.. latest.Zip(times, (step, values) => (step.Step, new RunTimes(values, clock)))];
    }

    /// <summary>Prints a line for every problem and kernel, and adds it to the results. A layer that the network has several times gets the median of all.</summary>
    /// <param name="results">The results.</param>
    /// <param name="options">The size.</param>
    /// <param name="arithmetic">Such as f16.</param>
    /// <param name="steps">The steps.</param>
    public static void Add(ResultFile results, PartOptions options, string arithmetic, IEnumerable<(StepReport Step, RunTimes Times)> steps)
    {
        Console.WriteLine($"{"ms",9} {"times",5} {"TFLOP/s",8} {"GB/s",8}  {"kernel",-30} problem");
        foreach (IGrouping<(string, string), (StepReport Step, RunTimes Times)> layer in steps.GroupBy(pair => (pair.Step.Problem, pair.Step.Kernel)))
        {
            RunTimes times = new([.. layer.SelectMany(step => step.Times.Milliseconds)], layer.First().Times.Clock);
            StepReport step = layer.First().Step;
            JsonObject line = times.AddTo(
                new JsonObject
                {
                    ["size"] = options.Size.ToString(),
                    ["arithmetic"] = arithmetic,
                    ["problem"] = step.Problem,
                    ["kernel"] = step.Kernel,
                    ["tensor_cores"] = step.UsesTensorCores,
                    ["times_in_network"] = layer.Count(),
                },
                step.Work);
            Console.WriteLine($"{times.Median,9:F4} {layer.Count(),5} {(double)line["tflops"]!,8:F2} {(double)line["gbs"]!,8:F1}  {step.Kernel,-30} {step.Problem}");
            results.Add(line);
        }
    }
}
