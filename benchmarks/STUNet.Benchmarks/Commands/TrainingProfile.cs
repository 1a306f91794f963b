using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Training;

namespace STUNet.Benchmarks;

/// <summary>Where the time of a training step goes, and what its plan needs.</summary>
internal static class TrainingProfile
{
    private const int SlowestSteps = 25;

    /// <summary>Prints the memory of a plan; runs nothing.</summary>
    public static void PrintPlan(EngineJob job, Recompute recompute)
    {
        using CpuDevice device = new(job.Threads);
        using TrainingNetwork network = Open(job, device, new PlanOptions { Recompute = recompute });
        Console.WriteLine($"STU-Net-{job.Size}, {job.Patch}, batch {job.Batch}: arena {TextColumns.Mebibytes(network.Report.ArenaBytes)} MiB, {network.Report.Steps.Count} steps");
    }

    /// <summary>Prints the least time of every op over some steps, after one to warm up: what other programs disturb is not counted.</summary>
    public static void Print(EngineJob job, Recompute recompute, int runs, string? filter, CancellationToken cancellation)
    {
        using CpuDevice device = new(job.Threads);
        using TrainingNetwork network = Open(job, device, new PlanOptions { Recompute = recompute, Profile = true });
        float[] image = job.Image();
        IReadOnlyList<TrainingTarget> targets = TrainingTarget.Of(job);
        IReadOnlyList<StepProfile> least = [];
        for (int run = 0; run <= runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            network.Step(image, scale => targets[scale].Labels, TrainingStep.Rate, run + 1);
            least = run <= 1 ? network.Profile : [.. least.Zip(network.Profile, (a, b) => a.Milliseconds < b.Milliseconds ? a : b)];
        }

        Print(least, filter, FmaPeak.Measure(device).Wall);
    }

    private static TrainingNetwork Open(EngineJob job, CpuDevice device, PlanOptions options) =>
        new(TrainingEngine.Settings(job), device, new FreshParameters(job.Weights()), options);

    private static void Print(IReadOnlyList<StepProfile> profile, string? filter, double peak)
    {
        double total = profile.Sum(step => step.Milliseconds);
        Console.WriteLine($"{"op",-36} {"ms",10} {"share %",8} {"GFLOP/s",8} {"% peak",7}");
        foreach (IGrouping<string, StepProfile> op in profile.GroupBy(step => step.Step.Problem.Split(' ')[0]).OrderByDescending(group => group.Sum(step => step.Milliseconds)))
        {
            double ms = op.Sum(step => step.Milliseconds);
            double rate = op.Sum(step => (double)step.Step.Work.Flops) / ms / 1e6;
            Console.WriteLine($"{op.Key,-36} {TextColumns.Number(ms, 1),10} {TextColumns.Percent(ms, total),8} {TextColumns.Number(rate, 1),8} {TextColumns.Percent(rate, peak),7}");
        }

        Console.WriteLine();
        IEnumerable<StepProfile> slowest = profile.OrderByDescending(step => step.Milliseconds);
        foreach (StepProfile step in filter is null ? slowest.Take(SlowestSteps) : slowest.Where(step => step.Step.Problem.Contains(filter, StringComparison.Ordinal)))
        {
            Console.WriteLine(
                $"{TextColumns.Number(step.Milliseconds, 1),10} ms {TextColumns.Number(step.GigaflopsPerSecond, 1),8} GFLOP/s {TextColumns.Percent(step.GigaflopsPerSecond, peak),4} %  "
                + $"{step.Step.Kernel,-34} {step.Step.Problem}");
        }
    }
}
