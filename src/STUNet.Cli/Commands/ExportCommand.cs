using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Cli;

/// <summary><c>stunet export</c>: a network as an ONNX file.</summary>
internal sealed class ExportCommand : StuNetCommand
{
    private const string Text = """
        Exports a network as an ONNX file (opset 17) that other runtimes load.

        Input "image": float32 (1, channels, z, y, x), already normalised and at the network's spacing. Output "logits": float32
        (1, classes, z, y, x), before softmax. One patch size, one fold. Labels, spacing, normalisation and licence stand in the file's metadata.
        More than 2 GB of weights go to a second file, FILE.data, which must stay beside the first.

        Examples:
          stunet export --model models/base --onnx base.onnx
          stunet export --size S --classes 14 --patch 96 --onnx random-s.onnx
        """;

    private readonly Option<string?> _model = new("--model") { HelpName = "PATH", Description = "Model folder or nnU-Net checkpoint; or give --size for seeded random weights." };
    private readonly NetworkOptions _network = new();
    private readonly Option<string> _onnx = new("--onnx", "-o") { Required = true, HelpName = "FILE", Description = "ONNX file to write; replaced if it exists." };
    private readonly Option<Int3?> _patch = ParsedOption.Of<Int3>("--patch", "ZxYxX", "Patch size; the model's own, or 128x128x128.", Triples.TryParse, "a size such as 128x128x128");
    private readonly Option<string?> _fold = new("--fold") { HelpName = "F", Description = "Fold to export; needed where the model has several." };
    private readonly Option<bool> _allHeads = new("--all-heads") { Description = "Also outputs the heads of lower resolution: logits_1 and so on." };

    public ExportCommand(CommandConsole console)
        : base(console, "export", Text)
    {
        Options.Add(_model);
        _network.AddTo(this);
        foreach (Option option in new Option[] { _onnx, _patch, _fold, _allHeads })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? path = arguments.GetValue(_model);
        if (path is null == !_network.IsGiven(arguments))
            throw new InvalidRequestException("Give either --model or --size, such as --size S.");
        string target = arguments.GetRequiredValue(_onnx);
        if (Path.GetDirectoryName(Path.GetFullPath(target)) is { } folder && !Directory.Exists(folder))
            throw new InvalidRequestException($"--onnx {target}: the folder {folder} does not exist; create it first.");
        using NetworkSource source = path is null ? NetworkSource.Untrained(_network.Read(arguments)) : NetworkSource.Open(path, Terminal);
        Int3 patch = arguments.GetValue(_patch) ?? source.PatchSize;
        Tape tape = OnnxExporter.Record(source.Architecture, patch, allHeads: arguments.GetValue(_allHeads));
        (ParameterPieces parameters, string fold) = Weights(source, arguments.GetValue(_fold));
        OnnxExportOptions options = new() { Metadata = OnnxMetadata.Of(source.Architecture, patch, source.Files?.Manifest, fold) };
        ProgressLine progress = new(Terminal);
        long total = StuNetParameters.Count(source.Architecture) * sizeof(float);
        IReadOnlyList<string> written = OnnxExporter.Write(
            target, tape, parameters, options, new ProgressReport<long>(done => progress.Report("writing weights", done, total)), Terminal.Cancellation);
        Show(source, patch, tape, written);
        return ExitCode.Success;
    }

    private static (ParameterPieces Parameters, string Fold) Weights(NetworkSource source, string? fold)
    {
        if (source.Files is not { } files)
        {
            if (fold is not null)
                throw new InvalidRequestException($"--fold {fold} needs --model; a network of --size has seeded random weights and no folds.");
            return (new InitialParameters(source.Architecture, InitialisationScheme.V1, 0).Read, "");
        }

        string[] names = [.. files.Manifest.Folds.Select(known => known.Name)];
        int index = fold is null && names.Length == 1 ? 0 : Array.IndexOf(names, fold);
        if (index >= 0)
            return (files.Folds[index].Read, names[index]);
        string problem = fold is null ? $"{source.Name} has several folds" : $"{source.Name} has no fold {fold}";
        throw new InvalidRequestException($"{problem}; choose one of {string.Join(", ", names)} with --fold.");
    }

    private void Show(NetworkSource source, Int3 patch, Tape tape, IReadOnlyList<string> written)
    {
        Terminal.WriteLine($"{written[0]}: {source.Architecture}, patch {patch} (z, y, x), {StuNetParameters.Count(source.Architecture) / 1e6:F2} M parameters");
        foreach (string file in written)
            Terminal.WriteLine($"  {file}: {ByteSize.Describe(new FileInfo(file).Length)}");
        foreach ((string name, Value value) in tape.Outputs)
            Terminal.WriteLine($"  output {name}: {value.Desc.Shape}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["files"] = new JsonArray([.. written.Select(file => (JsonNode)file)]),
            ["architecture"] = source.Architecture.ToString(),
            ["patch"] = new JsonArray(patch.D, patch.H, patch.W),
            ["outputs"] = new JsonArray([.. tape.Outputs.Keys.Select(name => (JsonNode)name)]),
        });
    }
}
