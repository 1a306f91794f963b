using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet verify</c>: a model's outputs against golden files, layer by layer.</summary>
internal sealed class VerifyCommand : StuNetCommand
{
    private const string Text = """
        Compares a model's outputs with golden files layer by layer, or records them.

        A golden file is a safetensors file with input.I (N, C, D, H, W), the expected logits.I.head.H (H = 0 at full resolution) and any
        layer.I.LABEL; labels are the layers' published names. Without --model the parameters come from the file itself (param.NAME).
        A layer departs where its largest error exceeds --tolerance times its largest golden value; the first that does is where to look.
        By default the network is planned as for segmentation, so layers that are fused away are not compared; --plain keeps every one.

        Examples:
          stunet verify --model models/base golden.safetensors
          stunet verify --model models/base golden.safetensors --record layers.safetensors
          stunet verify --model models/base layers.safetensors --device opencl

        Exit code 1 where a layer departs.
        """;

    private readonly Argument<string> _golden = ParsedOption.Path("golden", "Golden file; with --record, a file to take the inputs from.", ArgumentArity.ExactlyOne);
    private readonly Option<string?> _model = new("--model") { HelpName = "PATH", Description = "Model folder or nnU-Net checkpoint; default: the parameters in the golden file." };
    private readonly Option<ImmutableArray<Int3>?> _strides = ParsedOption.Of<ImmutableArray<Int3>>(
        "--strides", "ZxYxX/...", "Strides of the network in the golden file; the published plan's by default.", Triples.TryParseList, "triples such as 2x2x2/2x2x2/1x1x2");

    // 8 times the largest float32 error relative to the largest value that the reference shows on the published sizes (2.3e-5).
    private readonly Option<double> _tolerance = ParsedOption.Real("--tolerance", "R", "Largest error allowed, as a fraction of a layer's largest value.", fallback: 2e-4);

    private readonly Option<bool> _plain = new("--plain") { Description = "Plan without rewrites, so that every layer exists." };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Write inputs, all layers and logits to this safetensors file; nothing is compared." };
    private readonly KernelOptions _kernels = new();
    private readonly DeviceOptions _device = new();

    public VerifyCommand(CommandConsole console)
        : base(console, "verify", Text)
    {
        Arguments.Add(_golden);
        foreach (Option option in new Option[] { _model, _strides, _tolerance, _plain, _record })
            Options.Add(option);
        _kernels.AddTo(this);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        using GoldenLayers golden = new(arguments.GetRequiredValue(_golden));
        using NetworkSource? source = arguments.GetValue(_model) is { } path ? NetworkSource.Open(path, Terminal) : null;
        if (source is null && !golden.HasParameters)
            throw new InvalidRequestException($"{arguments.GetRequiredValue(_golden)} has no parameters of its own; give --model.");
        StuNetConfig config = source?.Architecture ?? golden.Architecture(arguments.GetValue(_strides) ?? StuNetConfig.PublishedStrides);
        using Device device = _device.Open(arguments, Terminal);
        using CompiledModel model = new(device, source?.Parameters ?? golden.Parameters);
        PlanOptions plan = _kernels.Read(arguments) with { KeepAll = true };
        return arguments.GetValue(_record) is { } record
            ? Record(golden, model, config, record, plan with { Rewrites = [] })
            : Compare(golden, model, config, arguments.GetValue(_plain) ? plan with { Rewrites = [] } : plan, arguments.GetValue(_tolerance));
    }

    private int Compare(GoldenLayers golden, CompiledModel model, StuNetConfig config, PlanOptions plan, double tolerance)
    {
        List<LayerComparison> layers = [];
        foreach (string number in golden.Inputs)
        {
            Terminal.Cancellation.ThrowIfCancellationRequested();
            using LayerRun run = new(model, config, golden.InputShape(number), plan);
            run.Run(golden.Input(number));
            ILookup<string, string> expected = golden.Expected(number, run).ToLookup(entry => entry.Layer, entry => entry.Tensor);
            foreach (string layer in run.Layers)
            {
                foreach (string tensor in expected[layer])
                    layers.Add(LayerComparison.Of(tensor, golden.Read(tensor, run.ShapeOf(layer)), run.Read(layer), tolerance));
            }
        }

        if (layers.Count == 0)
            throw new InvalidRequestException("The golden file expects no layer that this plan has; use --plain, or record the file again.");
        Show(layers);
        return layers.TrueForAll(layer => layer.IsWithin) ? ExitCode.Success : ExitCode.Failed;
    }

    private void Show(List<LayerComparison> layers)
    {
        TextTable table = new("layer", "values", "max error", "largest", "allowed", "");
        foreach (LayerComparison layer in layers)
            table.Add(layer.Name, layer.Values.ToString("N0", CultureInfo.InvariantCulture), Small(layer.MaxError), Small(layer.Scale), Small(layer.Tolerance), layer.IsWithin ? "" : "departs");
        LayerComparison? first = layers.Find(layer => !layer.IsWithin);
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine(first is null
            ? $"all {layers.Count} layers within tolerance"
            : $"first layer that departs: {first.Name}, error {Small(first.MaxError)}, allowed {Small(first.Tolerance)}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["layers"] = new JsonArray([.. layers.Select(layer => new JsonObject
            {
                ["layer"] = layer.Name,
                // JSON has no infinity, which stands for a NaN on one side.
                ["maxError"] = double.IsFinite(layer.MaxError) ? layer.MaxError : null,
                ["scale"] = layer.Scale,
                ["tolerance"] = layer.Tolerance,
                ["within"] = layer.IsWithin,
            })]),
            ["firstDeparture"] = first?.Name,
        });
    }

    private int Record(GoldenLayers golden, CompiledModel model, StuNetConfig config, string path, PlanOptions plan)
    {
        LayerRecording recording = new();
        foreach (string number in golden.Inputs)
        {
            Terminal.Cancellation.ThrowIfCancellationRequested();
            using LayerRun run = new(model, config, golden.InputShape(number), plan);
            float[] input = golden.Input(number);
            run.Run(input);
            recording.Add(number, golden.InputShape(number), input, run);
        }

        recording.Write(path, config, Terminal.Cancellation);
        Terminal.WriteLine($"{path}: {recording.Count} tensors of {golden.Inputs.Length} input{(golden.Inputs.Length == 1 ? "" : "s")}");
        Terminal.WriteJson(() => new JsonObject { ["file"] = path, ["tensors"] = recording.Count });
        return ExitCode.Success;
    }

    private static string Small(double value) => value.ToString("0.00e+0", CultureInfo.InvariantCulture);
}
