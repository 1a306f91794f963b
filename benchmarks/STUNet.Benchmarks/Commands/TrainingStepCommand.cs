using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>training-step [--size S|B|L|H] [--peers [libtorch]] [--patch ZxYxX] [--batch N] [--classes K] [--runs N] [--threads N] [--simd avx512|avx2|portable]
/// [--recompute nothing|cheap|blocks] [--quiet SECONDS] [--json FILE] [--profile [--filter TEXT]] [--plan-only]</c>: whole training steps on random data: forward, deep-supervision losses, backward,
/// clipping, update. With <c>--profile</c> the time by op and the slowest ones instead, or all whose problem contains the filter; with <c>--plan-only</c> the memory alone.
/// </summary>
internal sealed class TrainingStepCommand(CancellationToken cancellation)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public int Run(string[] args)
    {
        CommandOptions options = new(
            args, "--size", "--peers", "--patch", "--batch", "--classes", "--runs", "--threads", "--simd", "--recompute", "--quiet", "--json", "--profile", "--filter", "--plan-only");
        EngineJob job = new(
            Enum.Parse<StuNetSize>(options.Choices("--size", Enum.GetNames<StuNetSize>(), ["S"])[0]), options.Size("--patch", new Int3(64, 64, 64)), options.Number("--classes", 105, 2),
            options.Number("--threads", Environment.ProcessorCount, 1), OnnxPath: "", Batch: options.Number("--batch", 2, 1));
        string recompute = options.Choices("--recompute", [.. Enum.GetNames<Recompute>().Select(name => name.ToLowerInvariant())], ["cheap"])[0];
        int runs = options.Number("--runs", 5, TrainingStep.ComparedLosses - 1);
        if (options.Has("--plan-only"))
            TrainingProfile.PrintPlan(job, Enum.Parse<Recompute>(recompute, ignoreCase: true));
        else if (options.Has("--profile"))
            TrainingProfile.Print(job, Enum.Parse<Recompute>(recompute, ignoreCase: true), runs, options.Text("--filter"), cancellation);
        else
            return Measure(options, job, recompute, runs);
        return 0;
    }

    private int Measure(CommandOptions options, EngineJob job, string recompute, int runs)
    {
        string? simd = options.Choices("--simd", SimdCap.Levels, []) is [string level, ..] ? level : null;
        List<EngineSpec> specs = [EngineSpec.Of(EngineSpec.Ours, $"{EngineCommand.OursTraining} {recompute}", simd)];
        if (options.Choices("--peers", [EngineSpec.Libtorch], []).Count > 0 && LibtorchProject.TryBuild(isTraining: true, cancellation) is { } peer)
            specs.Add(peer);
        QuietMachine quiet = new(TimeSpan.FromSeconds(options.Number("--quiet", 0, 0)));
        using TemporaryFolder folder = new();
        string order = specs.Count == 1 ? "alone" : "alternating";
        Console.WriteLine(
            $"training step of STU-Net-{job.Size}, patch {job.Patch}, batch {job.Batch}, {job.Classes} classes, {job.Threads} threads, {Machine.Cpu}, commit {Machine.Commit}; engines {order}");
        IReadOnlyList<EngineResult> results = new EngineRounds(runs, leastSeconds: 0, Pause, quiet, cancellation).Measure(specs, job, folder["losses"]);
        using CpuDevice device = new(job.Threads);
        BenchLine[] lines = [.. EngineTable.Print("training-step", job, simd, results, FmaPeak.Measure(device).Wall, order)];
        if (options.Text("--json") is { } path)
            BenchLine.Write(path, lines);
        return lines.Any(line => line.Engine == EngineSpec.Ours) ? 0 : 1;
    }
}
