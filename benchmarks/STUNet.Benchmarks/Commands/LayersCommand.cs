using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>layers --size S|B|L|H[,...] [--peers] [--filter TEXT] [--threads N] [--runs N] [--patch ZxYxX] [--classes K] [--simd LEVEL] [--quiet SECONDS] [--json FILE]</c>: every
/// distinct convolution of a published size, with the kernel a plan takes, beside ONNX Runtime on a model of that one node. Ours reads and writes
/// channels last, as inside of its plans, ONNX Runtime NCDHW. Where ours reads two sources or upsamples as it reads, ONNX Runtime is given the tensor
/// upsampled and concatenated already.
/// </summary>
internal sealed class LayersCommand(CancellationToken cancellation)
{
    private const double LeastSeconds = 0.05;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public int Run(string[] args)
    {
        CommandOptions options = new(args, "--size", "--peers", "--filter", "--threads", "--runs", "--patch", "--classes", "--simd", "--quiet", "--json");
        string? simd = options.Choices("--simd", SimdCap.Levels, []) is [string level, ..] ? level : null;
        string filter = options.Text("--filter") ?? "";
        List<EngineSpec> specs = [EngineSpec.Of(EngineSpec.Ours, EngineCommand.OursLayer, simd)];
        if (options.Choices("--peers", [EngineSpec.OnnxRuntime], []).Count > 0)
            specs.Add(EngineSpec.Of(EngineSpec.OnnxRuntime, EngineCommand.OnnxRuntime));
        QuietMachine quiet = new(TimeSpan.FromSeconds(options.Number("--quiet", 0, 0)));
        EngineRounds rounds = new(options.Number("--runs", 5, 1), LeastSeconds, Pause, quiet, cancellation);
        using TemporaryFolder folder = new();
        List<Entrant> entrants = [];
        List<BenchLine> lines = [];
        try
        {
            entrants.AddRange(specs.Select(spec => new Entrant(spec, cancellation)));
            foreach (string size in options.Choices("--size", Enum.GetNames<StuNetSize>(), ["B"]))
            {
                EngineJob network = new(
                    Enum.Parse<StuNetSize>(size), options.Size("--patch", new Int3(128, 128, 128)), options.Number("--classes", 105, 1),
                    options.Number("--threads", Environment.ProcessorCount, 1), folder["layer.onnx"]);
                lines.AddRange(Measure(network, filter, simd, rounds, entrants, folder["output"]));
            }
        }
        finally
        {
            entrants.ForEach(entrant => entrant.Process.Dispose());
        }

        if (options.Text("--json") is { } path)
            BenchLine.Write(path, lines);
        return lines.Count > 0 ? 0 : 1;
    }

    private static List<BenchLine> Measure(
        EngineJob network, string filter, string? simd, EngineRounds rounds, IReadOnlyList<Entrant> entrants, string referencePath)
    {
        Console.WriteLine($"Convolutions of STU-Net-{network.Size} at {network.Patch}, {network.Threads} threads, {Machine.Cpu}, commit {Machine.Commit}");
        Console.WriteLine($"{"engine",-12} {"median ms",10} {"min ms",10} {"x ours",7} {"GFLOP/s",8} {"% peak",7} {"cpu ms",10} {"max diff",9} {"others",7}  {"kernel",-22} problem");
        List<BenchLine> lines = [];
        foreach (OpCase layer in ConvLayers.Of(network).Where(layer => layer.Name.Contains(filter, StringComparison.Ordinal)))
        {
            EngineJob job = network with { Layer = layer.Name };
            if (entrants.Count > 1)
                ConvLayers.WriteOnnx(job.OnnxPath, layer);
            IReadOnlyList<EngineResult> results = rounds.Measure(entrants, job, referencePath);
            EngineResult? ours = results.FirstOrDefault(result => result is { Engine: EngineSpec.Ours, Failure: null });
            foreach (EngineResult result in results)
            {
                if (result.Failure is { } reason)
                    Console.WriteLine($"{result.Engine,-12} failed: {reason}; {layer.Name}");
                else
                    lines.Add(Print(BenchLine.Of("layers", job, simd, result, ours, ours?.PeakGflops ?? 0, entrants.Count > 1 ? "alternating" : "alone")));
            }
        }

        return lines;
    }

    private static BenchLine Print(BenchLine line)
    {
        Console.WriteLine(
            $"{line.Engine,-12} {TextColumns.Number(1e3 * line.MedianS, 2),10} {TextColumns.Number(1e3 * line.MinS, 2),10} {TextColumns.Number(line.TimesOurs, 2),7} "
            + $"{TextColumns.Number(line.Gflops, 1),8} {TextColumns.Percent(line.Gflops, line.PeakGflops),7} {TextColumns.Number(1e3 * line.CpuS, 2),10} "
            + $"{TextColumns.Distance(line.MaxDifference),9} {TextColumns.Number(line.OthersCores, 2),7}  {line.Kernel,-22} {line.Layer}");
        return line;
    }
}
