using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet init</c>: a model of seeded random weights.</summary>
internal sealed class InitCommand : StuNetCommand
{
    private const string Text = """
        Writes a model of seeded random weights: to train from scratch, to test, to measure.

        The same seed, size and scheme give the same file. Weights are streamed, so that a STU-Net-H needs no more memory than a STU-Net-S.
        The model follows nnU-Net v1's rules with z-score normalisation, whatever the scheme of its weights.

        Examples:
          stunet init -o models/random-b --size B --classes 105 --seed 1
          stunet init -o models/tiny --size custom --dims 8,16,32 --strides 2x2x2/2x2x2 --classes 4 --patch 32 --spacing 2
        """;

    private readonly Option<string> _output = OutputFolder.Option("Model folder to write.");
    private readonly NetworkOptions _network = new();
    private readonly Option<string> _scheme = ParsedOption.OneOf("--scheme", "v1: He normal, biases 0. v2: uniform as PyTorch's default.", "v1", "v1", "v2");
    private readonly Option<long> _seed = ParsedOption.Number("--seed", "Selects the random numbers.", fallback: 0, least: long.MinValue);
    private readonly Option<Int3?> _patch = ParsedOption.Of<Int3>("--patch", "ZxYxX", "Patch size; 128x128x128, or what the strides need.", Triples.TryParse, "a size such as 128x128x128");
    private readonly Option<ImmutableArray<double>?> _spacing = ParsedOption.Of<ImmutableArray<double>>(
        "--spacing", "ZxYxX", "Spacing the network works at, in mm; 1.5 by default.", Triples.TryParseLengths, "millimetres such as 1.5 or 3x1.5x1.5");

    private readonly Option<string> _dtype = ParsedOption.OneOf("--dtype", "Element type of the file.", "f32", "f32", "f16", "bf16");
    private readonly Option<string?> _labels = new("--labels") { HelpName = "FILE", Description = "JSON of label names, such as {\"0\": \"background\", \"1\": \"liver\"}." };

    public InitCommand(CommandConsole console)
        : base(console, "init", Text)
    {
        Options.Add(_output);
        _network.AddTo(this);
        foreach (Option option in new Option[] { _scheme, _seed, _patch, _spacing, _dtype, _labels })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        StuNetConfig config = _network.Read(arguments);
        string folder = arguments.GetRequiredValue(_output);
        InitialisationScheme scheme = Enum.Parse<InitialisationScheme>(arguments.GetRequiredValue(_scheme), ignoreCase: true);
        long seed = arguments.GetValue(_seed);
        ProgressLine progress = new(Terminal);
        long parameters = StuNetParameters.Count(config);
        ModelManifest written = UntrainedModel.Write(
            folder, Describe(arguments, config), scheme, seed,
            new ProgressReport<long>(done => progress.Report("writing weights", done, parameters)), Terminal.Cancellation);
        Terminal.WriteLine($"{folder}: {written.Architecture}, {parameters / 1e6:F2} M parameters, weights {written.ElementType}, scheme {scheme}, seed {seed}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["folder"] = folder,
            ["architecture"] = written.Architecture.ToString(),
            ["parameters"] = parameters,
            ["scheme"] = scheme.ToString(),
            ["seed"] = seed,
        });
        return ExitCode.Success;
    }

    private ModelManifest Describe(ParseResult arguments, StuNetConfig config)
    {
        ImmutableSortedDictionary<int, string> labels = arguments.GetValue(_labels) is { } path ? LabelNames.Read(path)
            : config.Classes == LabelNames.TotalSegmentator.Count ? LabelNames.TotalSegmentator
            : ImmutableSortedDictionary<int, string>.Empty;
        return new ModelManifest
        {
            Architecture = config,
            PatchSize = arguments.GetValue(_patch) ?? NetworkSource.Untrained(config).PatchSize,
            SpacingMm = arguments.GetValue(_spacing) ?? [1.5, 1.5, 1.5],
            TransposeForward = [0, 1, 2],
            TransposeBackward = [0, 1, 2],
            Channels = [.. Enumerable.Range(0, config.InputChannels).Select(channel => new ChannelNormalization($"channel {channel}", "nonCT", UseMask: false, Intensity: null))],
            Labels = labels,
            Nnunet = NnunetVersion.V1,
            MirrorAxes = [0, 1, 2],
            ElementType = Enum.Parse<ElementType>(arguments.GetRequiredValue(_dtype), ignoreCase: true),
            Folds = [],
        };
    }
}
