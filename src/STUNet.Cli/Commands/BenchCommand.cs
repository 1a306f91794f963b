using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet bench</c>: times a plan layer by layer.</summary>
internal sealed class BenchCommand : StuNetCommand
{
    private const string Text = """
        Times one sliding window of a network, or with --training a training step, step by step: milliseconds, GFLOP/s, GB/s and the kernel that ran.

        Every number is the median over the runs, after one run to warm up. Operations count a multiply-add as two, for the direct algorithm;
        bytes count every operand once. Steps are timed by CUDA or OpenCL events on a GPU, by the host's clock on the CPU. Only numbers of one run can
        be compared: other load on the machine changes them. --plan-only shows the plan and its memory without running it.

        Examples:
          stunet bench --size S --patch 96
          stunet bench --model models/base --runs 9 --threads 1
          stunet bench --size B --device cuda:0
          stunet bench --size B --explain --prefer Winograd2x2x2
          stunet bench --size B --device cuda --dtype f16 --plan-only
          stunet bench --size H --training --device cuda --dtype bf16 --plan-only
        """;

    private const string LeaveItOut = "leave it out";

    private readonly Option<string?> _model = new("--model") { HelpName = "PATH", Description = "Model folder or nnU-Net checkpoint; or give --size." };
    private readonly NetworkOptions _network = new();
    private readonly Option<Int3?> _patch = ParsedOption.Of<Int3>("--patch", "ZxYxX", "Patch size; the model's own, or 128x128x128.", Triples.TryParse, "a size such as 128x128x128");
    private readonly Option<int> _runs = ParsedOption.Number("--runs", "Timed runs.", fallback: 5, least: 1);
    private readonly Option<bool> _plain = new("--plain") { Description = "Plan without rewrites, for comparison." };
    private readonly KernelOptions _kernels = new();
    private readonly Option<bool> _explain = new("--explain") { Description = "Show what every kernel that could do a step was predicted to cost, relative to the one taken." };
    private readonly Option<string> _dtype = PrecisionOption.Create("Element type of activations and weights, tf32: float32 that tensor cores round; all but f32 on GPUs.");
    private readonly Option<bool> _planOnly = new("--plan-only") { Description = "Plan and compile only: no run, and no GPU needed for --device cuda." };
    private readonly Option<bool> _training = new("--training") { Description = "A training step instead: forward, losses of all resolutions, backward, clipping, update, by v2's rules." };
    private readonly Option<int?> _batch = ParsedOption.Of<int>("--batch", "N", "Samples of a training step; 2 by default.", text => int.TryParse(text, out int batch) && batch > 0 ? batch : null, "a whole number from 1");
    private readonly Option<string> _recompute = RecomputeOption.Create();
    private readonly Option<bool> _tune = DeviceOptions.TuneOption();
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
        foreach (Option option in new Option[] { _explain, _dtype, _planOnly, _training, _batch, _recompute, _tune })
            Options.Add(option);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? path = arguments.GetValue(_model);
        if (path is null == !_network.IsGiven(arguments))
            throw new InvalidRequestException("Give either --model or --size, such as --size S.");
        if (arguments.GetValue(_batch) is not null && !arguments.GetValue(_training))
            throw new InvalidRequestException("--batch is that of a training step, and a window is one sample; add --training, or leave --batch out.");
        if (arguments.GetResult(_recompute) is { Implicit: false } && !arguments.GetValue(_training))
            throw new InvalidRequestException("--recompute is about a training step, and a window computes nothing again; add --training, or leave --recompute out.");
        using NetworkSource source = path is null ? NetworkSource.Untrained(_network.Read(arguments)) : NetworkSource.Open(path, Terminal);
        Precision precision = PrecisionOption.Read(arguments, _dtype);
        PrecisionOption.RequireGpu(precision, _device.IsCpu(arguments), LeaveItOut);
        PrecisionOption.RequireUnrounded(precision, _kernels.Read(arguments).Exact);
        bool planOnly = arguments.GetValue(_planOnly);
        if (arguments.GetValue(_tune) && planOnly)
            throw new InvalidRequestException("--tune measures on a GPU; leave out --plan-only.");
        return planOnly ? Plan(arguments, source, precision) : Time(arguments, source, precision);
    }

    private int Plan(ParseResult arguments, NetworkSource source, Precision precision)
    {
        Int3 patch = PatchOf(arguments, source);
        using Device device = _device.OpenForPlanning(arguments);
        PlanReport report = arguments.GetValue(_training)
            ? TrainingNetwork.Measure(StepOf(arguments, source, precision), device, OptionsOf(arguments))
            : PlanReport.Of(StuNet.RecordWindow(source.Architecture, patch, activations: precision.Activations()), device, OptionsOf(arguments).For(precision));
        int bodies = _device.IsCpu(arguments) ? 0 : _device.Compile(report, Terminal.Cancellation);
        TableOf(arguments, source, device, precision, report).ShowPlan(bodies);
        return ExitCode.Success;
    }

    private int Time(ParseResult arguments, NetworkSource source, Precision precision)
    {
        PlanOptions options = OptionsOf(arguments) with { Profile = true };
        using Device device = _device.Open(arguments, Terminal, arguments.GetValue(_tune));
        PrecisionOption.RequireGpu(precision, device is CpuDevice, LeaveItOut);
        using PlanBenchmark benchmark = arguments.GetValue(_training)
            ? new TrainingBenchmark(source, StepOf(arguments, source, precision), device, options)
            : new WindowBenchmark(source, PatchOf(arguments, source), device, options, precision);
        ProgressLine progress = new(Terminal);
        int runs = arguments.GetRequiredValue(_runs);
        PlanTimes times = benchmark.Run(runs, new ProgressReport<int>(done => progress.Report("timing", done, runs + 1)), Terminal.Cancellation);
        PlanTable table = TableOf(arguments, source, device, precision, benchmark.Report);
        table.ShowTimes(times, runs, benchmark.Clock);
        if (arguments.GetValue(_explain))
            table.ShowCandidates();
        return ExitCode.Success;
    }

    private PlanTable TableOf(ParseResult arguments, NetworkSource source, Device device, Precision precision, PlanReport report)
    {
        Int3 patch = PatchOf(arguments, source);
        JsonObject facts = new() { ["name"] = source.Name, ["patch"] = new JsonArray(patch.D, patch.H, patch.W), ["dtype"] = precision.ToString(), ["device"] = device.Caps.Name };
        string what = "";
        if (arguments.GetValue(_training))
        {
            facts["batch"] = BatchOf(arguments);
            what = $", training step of batch {BatchOf(arguments)}";
        }

        return new PlanTable(Terminal, $"{source.Name} at patch {patch} (z, y, x){what}, {precision}, on {device.Caps.Name}", facts, report);
    }

    private PlanOptions OptionsOf(ParseResult arguments)
    {
        PlanOptions options = _kernels.Read(arguments) with { Recompute = RecomputeOption.Read(arguments, _recompute) };
        return arguments.GetValue(_plain) ? options with { Rewrites = [] } : options;
    }

    private TrainingStepSettings StepOf(ParseResult arguments, NetworkSource source, Precision precision) =>
        TrainingBenchmark.SettingsOf(source.Architecture, PatchOf(arguments, source), BatchOf(arguments), precision);

    private Int3 PatchOf(ParseResult arguments, NetworkSource source) => arguments.GetValue(_patch) ?? source.PatchSize;

    private int BatchOf(ParseResult arguments) => arguments.GetValue(_batch) ?? 2;
}
