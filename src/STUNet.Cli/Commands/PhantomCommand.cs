using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet phantom</c>: a data set of synthetic torsos.</summary>
internal sealed class PhantomCommand : StuNetCommand
{
    private const string Text = """
        Writes a data set of synthetic torsos, to try planning and training without any patient's data.

        Every phantom is a CT-like volume in Hounsfield units with liver, spleen, kidneys, aorta, vertebrae and lungs, drawn as the phantoms were that the
        model of stunet demo was trained on. The folder gets nnU-Net v2's raw layout. The same seed gives the same phantoms.

        Examples:
          stunet phantom -o raw/Dataset900_TorsoPhantom --cases 40
          stunet phantom -o raw/Dataset901_Small --cases 5 --size 32x40x48 --spacing 8x6x7 --seed 7
        """;

    // As many as names of four digits.
    private const int MostCases = 9999;

    private readonly Option<string> _output = OutputFolder.Option("Folder of the data set to write, such as raw/Dataset900_TorsoPhantom.");
    private readonly Option<int> _cases = ParsedOption.Number("--cases", "Number of phantoms, up to 9999.", 20, least: 1);
    private readonly Option<long> _seed = ParsedOption.Number("--seed", "Selects the phantoms.", fallback: 0, least: long.MinValue);
    private readonly Option<Int3?> _size = ParsedOption.Of<Int3>("--size", "ZxYxX", "Voxels of every phantom; drawn for each by default, 80x72x100 to 111x83x115 at 3 mm.", Triples.TryParse, "a size such as 96x80x112");
    private readonly Option<ImmutableArray<double>?> _spacing = ParsedOption.Of<ImmutableArray<double>>(
        "--spacing", "ZxYxX", "Spacing in mm; 3 by default.", Triples.TryParseLengths, "millimetres such as 1.5 or 3x1.5x1.5");

    private readonly Option<int> _workers = ParsedOption.Number("--workers", "Phantoms made at the same time, each in memory as a whole.", Environment.ProcessorCount, least: 1);

    public PhantomCommand(CommandConsole console)
        : base(console, "phantom", Text)
    {
        foreach (Option option in new Option[] { _output, _cases, _seed, _size, _spacing, _workers })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        string folder = arguments.GetRequiredValue(_output);
        int cases = arguments.GetValue(_cases);
        if (cases > MostCases)
            throw new InvalidRequestException($"--cases {cases}: expected at most {MostCases}.");
        Spacing spacing = arguments.GetValue(_spacing) is { } lengths ? new Spacing(lengths[0], lengths[1], lengths[2]) : TorsoPhantom.UsualSpacing;
        PhantomDataset dataset = new(cases, (ulong)arguments.GetValue(_seed), arguments.GetValue(_size), spacing);
        using WorkerPool pool = new(arguments.GetValue(_workers));
        ProgressLine progress = new(Terminal);
        dataset.Write(folder, pool, new ProgressReport<CaseProgress>(done => progress.Report("phantoms", done.Done, done.Total)), Terminal.Cancellation);
        Terminal.WriteLine($"{folder}: {cases} phantoms with {TorsoPhantom.LabelNames.Count - 1} structures, seed {arguments.GetValue(_seed)}");
        Terminal.WriteJson(() => new JsonObject { ["folder"] = folder, ["cases"] = cases, ["seed"] = arguments.GetValue(_seed) });
        return ExitCode.Success;
    }
}
