using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet info</c>: what a network consists of, and what it costs.</summary>
internal sealed class InfoCommand : StuNetCommand
{
    private const string Text = """
        Shows what a network consists of and what it costs: shapes, parameters, multiply-adds, memory.

        Without a model and without --size: one line for each published size, with the strides of the published table (2x2x2 five times).
        With --size, a model folder (of stunet convert or init), an nnU-Net checkpoint or trainer folder: a table of its layers.

        Multiply-adds (MAC) are those of the convolutions with all five heads; the "published" count adds one per bias and output voxel, as the
        published table does. Floating-point operations are twice the MAC. Memory is that of one window's plan on the CPU, from the planner.

        Examples:
          stunet info
          stunet info --size B --patch 96x160x160
          stunet info models/base --layers
        """;

    private static readonly ImmutableArray<Int3> TableStrides = [.. Enumerable.Repeat(new Int3(2, 2, 2), 5)];

    private readonly Argument<string> _model = ParsedOption.Path("model", "Model folder, nnU-Net checkpoint, or trainer folder.", ArgumentArity.ZeroOrOne);
    private readonly NetworkOptions _network = new();
    private readonly Option<Int3?> _patch = ParsedOption.Of<Int3>("--patch", "ZxYxX", "Patch size; the model's own, or 128x128x128.", Triples.TryParse, "a size such as 128x128x128");
    private readonly Option<bool> _layers = new("--layers") { Description = "One row per convolution instead of one per residual block." };

    public InfoCommand(CommandConsole console)
        : base(console, "info", Text)
    {
        Arguments.Add(_model);
        _network.AddTo(this);
        Options.Add(_patch);
        Options.Add(_layers);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? path = arguments.GetValue(_model);
        if (path is not null && _network.IsGiven(arguments))
            throw new InvalidRequestException($"Both {path} and --size were given; give one of them.");
        if (path is null && !_network.IsGiven(arguments))
        {
            ShowSizes(arguments);
            return ExitCode.Success;
        }

        using NetworkSource source = path is null ? NetworkSource.Untrained(_network.Read(arguments)) : NetworkSource.Open(path, Terminal);
        ShowNetwork(source, arguments.GetValue(_patch) ?? source.PatchSize, arguments.GetValue(_layers));
        return ExitCode.Success;
    }

    private void ShowSizes(ParseResult arguments)
    {
        Int3 patch = arguments.GetValue(_patch) ?? NetworkSource.PublishedPatch;
        TextTable table = new("size", "parameters", "T MAC", "T MAC (conv only)", "weights", "arena");
        JsonArray rows = [];
        using CpuDevice device = new(1);
        foreach (StuNetSize size in Enum.GetValues<StuNetSize>())
        {
            StuNetConfig config = StuNetConfig.Of(size, 1, _network.Classes(arguments), _network.Strides(arguments) ?? TableStrides);
            NetworkTable network = NetworkTable.Of(config, patch);
            PlanReport memory = NetworkMemory.Measure(config, patch, device);
            table.Add(
                $"STU-Net-{size}", Millions(network.Parameters), Tera(network.PublishedMacs, 2), Tera(network.ConvolutionMacs, 4),
                ByteSize.Describe(memory.ConstantBytes), ByteSize.Describe(memory.ArenaBytes));
            rows.Add(Summary($"STU-Net-{size}", config, patch, network, memory));
        }

        Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Published sizes at patch {patch} (z, y, x), {_network.Classes(arguments)} classes:"));
        Terminal.WriteLine(table.ToString());
        Terminal.WriteJson(() => new JsonObject { ["networks"] = rows });
    }

    private void ShowNetwork(NetworkSource source, Int3 patch, bool layers)
    {
        NetworkTable network = NetworkTable.Of(source.Architecture, patch);
        using CpuDevice device = new(1);
        PlanReport memory = NetworkMemory.Measure(source.Architecture, patch, device);
        foreach (string warning in source.Files?.Warnings ?? [])
            Terminal.Warn(warning);
        Terminal.WriteLine($"{source.Name}: {source.Architecture}");
        if (source.Files is { Manifest: { } manifest })
            ShowManifest(manifest);
        Terminal.WriteLine($"patch {patch} (z, y, x)");
        Terminal.WriteLine();
        IReadOnlyList<LayerRow> rows = layers ? network.Layers : network.Blocks();
        TextTable table = new("layer", "output", "parameters", "GMAC", "output MiB");
        foreach (LayerRow row in rows)
            table.Add(row.Name, row.Shape, Grouped(row.Parameters), Number(row.ConvolutionMacs / 1e9, 3), Number(row.OutputBytes / 1048576.0, 2));
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine($"parameters   {Grouped(network.Parameters)} ({Millions(network.Parameters)})");
        Terminal.WriteLine($"multiply-adds  {Tera(network.ConvolutionMacs, 4)} T in convolutions, {Tera(network.PublishedMacs, 4)} T counted as published");
        Terminal.WriteLine(
            $"memory       {ByteSize.Describe(memory.ConstantBytes)} packed weights (shared by all plans), {ByteSize.Describe(memory.ArenaBytes)} arena and "
            + $"{ByteSize.Describe(memory.InputBytes)} inputs per plan");
        Terminal.WriteJson(() =>
        {
            JsonObject summary = Summary(source.Name, source.Architecture, patch, network, memory);
            summary["layers"] = new JsonArray([.. rows.Select(Row)]);
            return summary;
        });
    }

    private void ShowManifest(ModelManifest manifest)
    {
        string spacing = string.Join('x', manifest.SpacingMm.Select(length => length.ToString("0.###", CultureInfo.InvariantCulture)));
        Terminal.WriteLine(
            $"trained with {(manifest.Trainer.Length > 0 ? manifest.Trainer : "an unknown trainer")}, nnU-Net {manifest.Nnunet.ToString().ToLowerInvariant()} rules, "
            + $"spacing {spacing} mm (z, y, x), normalisation {string.Join(", ", manifest.Channels.Select(channel => channel.Scheme))}, "
            + $"weights {manifest.ElementType}, {manifest.Folds.Length} fold{(manifest.Folds.Length == 1 ? "" : "s")}, {manifest.Labels.Count} label names"
            + (manifest.Licence.Length > 0 ? $", licence {manifest.Licence}" : ""));
    }

    private static JsonObject Summary(string name, StuNetConfig config, Int3 patch, NetworkTable network, PlanReport memory) => new()
    {
        ["name"] = name,
        ["architecture"] = config.ToString(),
        ["patch"] = new JsonArray(patch.D, patch.H, patch.W),
        ["classes"] = config.Classes,
        ["parameters"] = network.Parameters,
        ["convolutionMacs"] = network.ConvolutionMacs,
        ["publishedMacs"] = network.PublishedMacs,
        ["weightBytes"] = memory.ConstantBytes,
        ["arenaBytes"] = memory.ArenaBytes,
        ["inputBytes"] = memory.InputBytes,
    };

    private static JsonObject Row(LayerRow row) => new()
    {
        ["layer"] = row.Name,
        ["output"] = row.Shape,
        ["parameters"] = row.Parameters,
        ["macs"] = row.ConvolutionMacs,
        ["outputBytes"] = row.OutputBytes,
    };

    private static string Millions(long count) => Number(count / 1e6, 2) + " M";

    private static string Tera(long count, int digits) => Number(count / 1e12, digits);

    private static string Grouped(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
