using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>patch --size S|B|L|H[,...] [--peers [onnxruntime,libtorch]] [--threads N] [--runs N] [--patch ZxYxX] [--classes K] [--simd avx512|avx2|portable]
/// [--quiet SECONDS] [--json FILE]</c>: one patch through a whole network: the same NCDHW float32 image in memory in, the full-resolution float32
/// logits in NCDHW in memory out, for every engine. <c>--simd</c> caps our process only.
/// </summary>
internal sealed class PatchCommand(CancellationToken cancellation)
{
    private static readonly string[] Peers = [EngineSpec.OnnxRuntime, EngineSpec.Libtorch];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public int Run(string[] args)
    {
        CommandOptions options = new(args, "--size", "--peers", "--threads", "--runs", "--patch", "--classes", "--simd", "--quiet", "--json");
        string? simd = options.Choices("--simd", SimdCap.Levels, []) is [string level, ..] ? level : null;
        IReadOnlyList<string> peers = options.Choices("--peers", Peers, []);
        EngineSpec ours = EngineSpec.Of(EngineSpec.Ours, EngineCommand.OursPatch, simd);
        List<EngineSpec> specs = [ours, .. peers.Select(Start).OfType<EngineSpec>()];
        QuietMachine quiet = new(TimeSpan.FromSeconds(options.Number("--quiet", 0, 0)));
        EngineRounds rounds = new(options.Number("--runs", 5, 1), leastSeconds: 0, Pause, quiet, cancellation);
        List<BenchLine> lines = [];
        foreach (string size in options.Choices("--size", Enum.GetNames<StuNetSize>(), ["B"]))
        {
            using TemporaryFolder folder = new();
            EngineJob job = new(
                Enum.Parse<StuNetSize>(size), options.Size("--patch", new Int3(128, 128, 128)), options.Number("--classes", 105, 1),
                options.Number("--threads", Environment.ProcessorCount, 1), folder["network.onnx"]);
            lines.AddRange(Measure(specs, job, simd, rounds, folder["logits"]));
        }

        if (options.Text("--json") is { } path)
            BenchLine.Write(path, lines);
        return lines.Any(line => line.Engine == EngineSpec.Ours) ? 0 : 1;
    }

    private EngineSpec? Start(string peer) => peer == EngineSpec.OnnxRuntime
        ? EngineSpec.Of(EngineSpec.OnnxRuntime, EngineCommand.OnnxRuntime)
        : LibtorchProject.TryBuild(isTraining: false, cancellation);

    private List<BenchLine> Measure(IReadOnlyList<EngineSpec> specs, EngineJob job, string? simd, EngineRounds rounds, string referencePath)
    {
        if (specs.Any(spec => spec.Name == EngineSpec.OnnxRuntime))
            OnnxExporter.Write(job.OnnxPath, OnnxExporter.Record(job.Network(), job.Patch), job.Weights().Read, cancellation: cancellation);
        bool fit = specs.Sum(spec => EstimateBytes(spec, job)) < 0.8 * Machine.AvailableBytes;
        string order = specs.Count == 1 ? "alone" : fit ? "alternating" : "one after the other";
        Console.WriteLine($"STU-Net-{job.Size}, patch {job.Patch}, {job.Classes} classes, {job.Threads} threads, {Machine.Cpu}, commit {Machine.Commit}; engines {order}");
        IReadOnlyList<EngineResult> results = fit ? rounds.Measure(specs, job, referencePath)
            : [.. specs.SelectMany(spec => rounds.Measure([spec], job, referencePath))];
        double machinePeak = MachinePeak(job.Threads);
        return [.. EngineTable.Print("patch", job, simd, results, machinePeak, order)];
    }

    private static double MachinePeak(int threads)
    {
        using CpuDevice device = new(threads);
        return FmaPeak.Measure(device).Wall;
    }

    // Ours as planned. Peers as measured: both hold up to some twelve activations of the first stage at once, the result, and while loading the weights twice.
    private static long EstimateBytes(EngineSpec spec, EngineJob job)
    {
        PlanReport plan = PatchEngine.Measure(job);
        long weights = StuNetParameters.Count(job.Network()) * sizeof(float);
        long voxels = job.Patch.Product * sizeof(float);
        return spec.Name == EngineSpec.Ours
            ? plan.ArenaBytes + plan.InputBytes + plan.ConstantBytes
            : (2 * weights) + (voxels * ((12 * job.Network().Dims[0]) + job.Classes));
    }
}
