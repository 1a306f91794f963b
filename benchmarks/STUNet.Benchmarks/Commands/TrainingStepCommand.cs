using System.Diagnostics;
using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit.Ops;
using STUNet.Training;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>training-step [--size S|B|L|H] [--patch ZxYxX] [--batch N] [--classes K] [--runs N] [--threads N] [--recompute nothing|cheap|blocks] [--profile] [--plan-only]</c>: whole training steps on random
/// data: forward, deep-supervision losses, backward, clipping, update. With <c>--profile</c> the time by op and the slowest steps; with <c>--plan-only</c> the memory alone.
/// </summary>
internal sealed class TrainingStepCommand(CancellationToken cancellation)
{
    private const int SlowestSteps = 25;

    public int Run(string[] args)
    {
        CommandOptions options = new(args, "--size", "--patch", "--batch", "--classes", "--runs", "--threads", "--recompute", "--profile", "--plan-only");
        StuNetSize size = Enum.Parse<StuNetSize>(options.Choices("--size", Enum.GetNames<StuNetSize>(), ["S"])[0]);
        TrainingStepSettings settings = new()
        {
            Network = StuNetConfig.Of(size, classes: options.Number("--classes", 105, 2)),
            BatchSize = options.Number("--batch", 2, 1),
            Patch = options.Size("--patch", new Int3(64, 64, 64)),
            Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
            Weights = DeepSupervision.Weights(5),
            Version = NnunetVersion.V2,
        };
        Recompute recompute = Enum.Parse<Recompute>(options.Choices("--recompute", [.. Enum.GetNames<Recompute>().Select(name => name.ToLowerInvariant())], ["cheap"])[0], ignoreCase: true);
        using CpuDevice device = new(options.Number("--threads", 0, 0));
        using TrainingNetwork network = new(
            settings, device, new FreshParameters(new InitialParameters(settings.Network, InitialisationScheme.V2, seed: 1)), new PlanOptions { Profile = options.Has("--profile"), Recompute = recompute });
        if (options.Has("--plan-only"))
        {
            PlanReport report = network.Report;
            Console.WriteLine($"STU-Net-{size}, {settings.Patch}, batch {settings.BatchSize}: arena {TextColumns.Mebibytes(report.ArenaBytes)} MiB, {report.Steps.Count} steps");
            return 0;
        }

        float[] image = OpCase.Uniform(settings.BatchSize * settings.Patch.Product, "image");
        double[] seconds = new double[options.Number("--runs", 3, 1)];
        TrainingStepResult result = default;
        for (int run = -1; run < seconds.Length; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            result = network.Step(image, scale => Labels(settings, scale), learningRate: 0.001f, number: 1);
            if (run >= 0)
                seconds[run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        double median = seconds[seconds.Length / 2];
        double flops = network.Report.Steps.Sum(step => (double)step.Work.Flops);
        Console.WriteLine(
            $"STU-Net-{size}, {settings.Patch}, batch {settings.BatchSize}, {settings.Network.Classes} classes, {device.Caps.Name}, {device.Workers.Count} threads, "
            + $"{Machine.Cpu}, commit {Machine.Commit}");
        Console.WriteLine(
            $"step {TextColumns.Number(median, 3)} s, {TextColumns.Number(flops / median / 1e9, 1)} GFLOP/s, arena {TextColumns.Mebibytes(network.Report.ArenaBytes)} MiB, "
            + $"peak resident {TextColumns.Mebibytes(PeakMemory.Bytes)} MiB, loss {result.Loss}");
        if (options.Has("--profile"))
            Print(network.Profile, FmaPeak.Measure(device).Wall);
        return 0;
    }

    private static void Print(IReadOnlyList<StepProfile> profile, double peak)
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
        foreach (StepProfile step in profile.OrderByDescending(step => step.Milliseconds).Take(SlowestSteps))
        {
            Console.WriteLine(
                $"{TextColumns.Number(step.Milliseconds, 1),10} ms {TextColumns.Number(step.GigaflopsPerSecond, 1),8} GFLOP/s {TextColumns.Percent(step.GigaflopsPerSecond, peak),4} %  "
                + $"{step.Step.Kernel,-34} {step.Step.Problem}");
        }
    }

    private static ReadOnlyMemory<short> Labels(TrainingStepSettings settings, int scale)
    {
        Int3 size = DeepSupervision.Sizes(settings.Patch, DeepSupervision.Scales([.. settings.Network.Strides], NnunetVersion.V1))[scale];
        return OpCase.Uniform(settings.BatchSize * size.Product, $"labels{scale}").Select(value => (short)((value + 1) / 2 * settings.Network.Classes)).ToArray();
    }
}
