using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet bench</c>: times a plan layer by layer.</summary>
internal sealed class BenchCommand : StuNetCommand
{
    private const string Text = """
        Times one sliding window of a network, step by step: milliseconds, GFLOP/s, GB/s and the kernel that ran.

        Every number is the median over the runs, after one run to warm up. Operations count a multiply-add as two, for the direct algorithm;
        bytes count every operand once. Steps are timed by CUDA or OpenCL events on a GPU, by the host's clock on the CPU. Only numbers of one run can
        be compared: other load on the machine changes them.

        Examples:
          stunet bench --size S --patch 96
          stunet bench --model models/base --runs 9 --threads 1
          stunet bench --size B --device cuda:0
          stunet bench --size B --explain --prefer Winograd2x2x2
          stunet bench --size B --device cuda --dtype f16 --plan-only
        """;

    private readonly Option<string?> _model = new("--model") { HelpName = "PATH", Description = "Model folder or nnU-Net checkpoint; or give --size." };
    private readonly NetworkOptions _network = new();
    private readonly Option<Int3?> _patch = ParsedOption.Of<Int3>("--patch", "ZxYxX", "Patch size; the model's own, or 128x128x128.", Triples.TryParse, "a size such as 128x128x128");
    private readonly Option<int> _runs = ParsedOption.Number("--runs", "Timed runs.", fallback: 5, least: 1);
    private readonly Option<bool> _plain = new("--plain") { Description = "Plan without rewrites, for comparison." };
    private readonly KernelOptions _kernels = new();
    private readonly Option<bool> _explain = new("--explain") { Description = "Show what every kernel that could do a step was predicted to cost, relative to the one taken." };
    private readonly Option<string> _dtype = ParsedOption.OneOf("--dtype", "Element type of activations and weights; f16 and bf16 on GPUs.", "f32", "f32", "f16", "bf16");
    private readonly Option<bool> _planOnly = new("--plan-only") { Description = "Plan and compile only: no run, and no GPU needed for --device cuda." };
    private readonly Option<bool> _tune = new("--tune")
    {
        Description = "On a GPU, choose the tiles of tensor-core convolutions by the clock, and keep them for later runs in the file that STUNET_TILE_CACHE names, else stunet/tiles.json among the user's caches. Changes no result.",
    };

    private readonly DeviceOptions _device = new();

    public BenchCommand(CommandConsole console)
        : base(console, "bench", Text)
    {
        Options.Add(_model);
        _network.AddTo(this);
        Options.Add(_patch);
        Options.Add(_runs);
        Options.Add(_plain);
        _kernels.AddTo(this, withPreference: true);
        Options.Add(_explain);
        Options.Add(_dtype);
        Options.Add(_planOnly);
        Options.Add(_tune);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? path = arguments.GetValue(_model);
        if (path is null == !_network.IsGiven(arguments))
            throw new InvalidRequestException("Give either --model or --size, such as --size S.");
        using NetworkSource source = path is null ? NetworkSource.Untrained(_network.Read(arguments)) : NetworkSource.Open(path, Terminal);
        Int3 patch = arguments.GetValue(_patch) ?? source.PatchSize;
        DType activations = Enum.Parse<DType>(arguments.GetRequiredValue(_dtype), ignoreCase: true);
        if (activations != DType.F32 && _device.IsCpu(arguments))
            throw new InvalidRequestException($"--dtype {arguments.GetRequiredValue(_dtype)} needs a GPU; add --device cuda, or leave it out.");
        PlanOptions options = _kernels.Read(arguments) with { Profile = true };
        if (arguments.GetValue(_plain))
            options = options with { Rewrites = [] };
        if (arguments.GetValue(_tune) && (_device.IsCpu(arguments) || arguments.GetValue(_planOnly)))
            throw new InvalidRequestException("--tune measures on a GPU; add --device cuda, and leave out --plan-only.");
        if (arguments.GetValue(_planOnly))
            return PlanOnly(arguments, source, patch, activations, options);
        using Device device = _device.Open(arguments, Terminal, arguments.GetValue(_tune));
        using WindowBenchmark benchmark = new(source, patch, device, options, activations);
        ProgressLine progress = new(Terminal);
        int runs = arguments.GetRequiredValue(_runs);
        WindowTimes times = benchmark.Run(
            runs, new ProgressReport<int>(done => progress.Report("timing", done, runs + 1)), Terminal.Cancellation);
        Show(source, patch, device, benchmark, times, runs);
        if (arguments.GetValue(_explain))
            Explain(benchmark.Report);
        return ExitCode.Success;
    }

    private int PlanOnly(ParseResult arguments, NetworkSource source, Int3 patch, DType activations, PlanOptions options)
    {
        using Device device = _device.OpenForPlanning(arguments);
        using CompiledModel model = new(device, source.Parameters);
        PlanReport report = model.Measure(StuNet.RecordWindow(source.Architecture, patch, activations: activations), options);
        int bodies = _device.IsCpu(arguments) ? 0 : _device.Compile(report, Terminal.Cancellation);
        TextTable table = new("step", "problem", "kernel", "GFLOP", "tensor cores") { LeftAligned = new HashSet<int> { 1, 2, 4 } };
        foreach (StepReport step in report.Steps)
            table.Add(step.Label, step.Problem, step.Kernel, Number(step.Work.Flops / 1e9, 2), step.UsesTensorCores ? "yes" : "");
        long flops = report.Work.Flops;
        double share = 100.0 * report.Steps.Where(step => step.UsesTensorCores).Sum(step => step.Work.Flops) / flops;
        Terminal.WriteLine($"{source.Name} at patch {patch} (z, y, x), {activations}, on {device.Caps.Name}, planned:");
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        if (bodies > 0)
            Terminal.WriteLine($"{bodies} kernel bodies compiled to PTX");
        Terminal.WriteLine($"arena {ByteSize.Describe(report.ArenaBytes)}, weights {ByteSize.Describe(report.ConstantBytes)}");
        Terminal.WriteLine($"Tensor-core share: {Number(share, 1)} %");
        Terminal.WriteJson(() => new JsonObject
        {
            ["name"] = source.Name,
            ["patch"] = new JsonArray(patch.D, patch.H, patch.W),
            ["device"] = device.Caps.Name,
            ["arenaBytes"] = report.ArenaBytes,
            ["flops"] = flops,
            ["tensorCoreShare"] = share,
            ["steps"] = new JsonArray([.. report.Steps.Select(step => new JsonObject
            {
                ["step"] = step.Label, ["problem"] = step.Problem, ["kernel"] = step.Kernel, ["flops"] = step.Work.Flops, ["tensorCores"] = step.UsesTensorCores,
            })]),
        });
        return ExitCode.Success;
    }

    private void Show(NetworkSource source, Int3 patch, Device device, WindowBenchmark benchmark, WindowTimes times, int runs)
    {
        PlanReport report = benchmark.Report;
        TextTable table = new("step", "problem", "kernel", "ms", "%", "GFLOP/s", "GB/s") { LeftAligned = new HashSet<int> { 1, 2 } };
        JsonArray steps = [];
        foreach ((StepReport step, double milliseconds) in report.Steps.Zip(times.StepMilliseconds))
        {
            double gigaflops = step.Work.Flops / milliseconds / 1e6;
            double gigabytes = step.Work.Bytes / milliseconds / 1e6;
            table.Add(
                step.Label, step.Problem, step.Kernel, Number(milliseconds, 2), Number(100 * milliseconds / times.TotalMilliseconds, 1), Number(gigaflops, 1), Number(gigabytes, 1));
            steps.Add(new JsonObject
            {
                ["step"] = step.Label,
                ["problem"] = step.Problem,
                ["kernel"] = step.Kernel,
                ["milliseconds"] = milliseconds,
                ["flops"] = step.Work.Flops,
                ["bytes"] = step.Work.Bytes,
                ["candidates"] = new JsonArray([.. step.Candidates.Select(candidate => new JsonObject { ["kernel"] = candidate.Kernel, ["cost"] = candidate.Cost })]),
            });
        }

        long flops = report.Work.Flops;
        Terminal.WriteLine($"{source.Name} at patch {patch} (z, y, x) on {device.Caps.Name}, median of {runs}, steps by {benchmark.Clock}:");
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"total {times.TotalMilliseconds:F1} ms, {flops / times.TotalMilliseconds / 1e6:F1} GFLOP/s; arena {ByteSize.Describe(report.ArenaBytes)}, weights {ByteSize.Describe(report.ConstantBytes)}"));
        Terminal.WriteJson(() => new JsonObject
        {
            ["name"] = source.Name,
            ["patch"] = new JsonArray(patch.D, patch.H, patch.W),
            ["device"] = device.Caps.Name,
            ["runs"] = runs,
            ["stepClock"] = benchmark.Clock,
            ["totalMilliseconds"] = times.TotalMilliseconds,
            ["arenaBytes"] = report.ArenaBytes,
            ["steps"] = steps,
        });
    }

    private void Explain(PlanReport report)
    {
        TextTable table = new("step", "kernels by predicted time, 1 for the one taken") { LeftAligned = new HashSet<int> { 1 } };
        foreach (StepReport step in report.Steps.Where(step => step.Candidates.Any(candidate => candidate.Cost > 0)))
        {
            double taken = step.Candidates.First(candidate => candidate.Kernel == step.Kernel).Cost;
            table.Add(
                step.Label,
                string.Join(", ", step.Candidates.Where(candidate => candidate.Cost < double.MaxValue).Select(candidate => $"{candidate.Kernel} {Number(candidate.Cost / taken, 2)}")));
        }

        Terminal.WriteLine();
        Terminal.WriteLine(table.ToString());
    }

    private static string Number(double value, int digits) => double.IsFinite(value) ? value.ToString($"F{digits}", CultureInfo.InvariantCulture) : "-";
}
