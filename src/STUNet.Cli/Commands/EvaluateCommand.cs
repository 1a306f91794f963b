using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary><c>stunet evaluate</c>: label maps against references.</summary>
internal sealed class EvaluateCommand : StuNetCommand
{
    private const string Text = """
        Compares label maps with references and writes summary.json as nnU-Net does.

        Cases are the label maps of --pred; the reference of a case has the same name in --ref. Size and spacing must agree. With --surface the summary
        also has distances in mm: Hausdorff, its 95th percentile (both directions pooled, as medpy and nnU-Net v1 define it), the average symmetric surface
        distance, and the normalized surface Dice at every tolerance; voxel centres of 6-neighbour borders, spacing respected.

        Examples:
          stunet evaluate --pred labels/ --ref truth/ --labels 1,2,3
          stunet evaluate --pred labels/ --ref truth/ --unify Task022_FLARE22
          stunet evaluate --pred labels/ --ref truth/ --dataset dataset.json --format v2 --surface --tolerance 1,3 -o summary.json
        """;

    private readonly Option<string> _predictions = new("--pred") { Required = true, HelpName = "DIR", Description = "Folder of label maps to judge." };
    private readonly Option<string> _references = new("--ref") { Required = true, HelpName = "DIR", Description = "Folder of label maps that are right." };
    private readonly LabelOptions _labels = new();
    private readonly Option<bool> _surface = new("--surface") { Description = "Also measure surface distances." };
    private readonly Option<ImmutableArray<double>?> _tolerance = ParsedOption.Of<ImmutableArray<double>>(
        "--tolerance", "MM,MM,...", "Tolerances of the normalized surface Dice; 1 mm by default.", TryParseTolerances, "lengths in mm with commas between them, such as 1,3");

    private readonly Option<bool> _chill = new("--chill") { Description = "Evaluate the cases there are, also where references have no prediction." };
    private readonly Option<string?> _output = new("--output", "-o") { HelpName = "FILE", Description = "The summary to write; summary.json in the folder of predictions by default." };
    private readonly Option<int> _threads = ParsedOption.Number("--threads", "CPU threads, 0 for one per processor, and the most cases in memory at once. Never changes a result.", fallback: 0, least: 0);

    public EvaluateCommand(CommandConsole console)
        : base(console, "evaluate", Text)
    {
        Options.Add(_predictions);
        Options.Add(_references);
        _labels.AddTo(this, withUnification: true);
        foreach (Option option in new Option[] { _surface, _tolerance, _chill, _output, _threads })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        LabelSelection selection = _labels.Read(arguments);
        if (arguments.GetValue(_tolerance) is not null && !arguments.GetValue(_surface))
            throw new InvalidRequestException("--tolerance belongs to the surface distances; add --surface.");
        string predictions = arguments.GetRequiredValue(_predictions);
        IReadOnlyList<EvaluationCase> cases =
            [.. CasePairs.Find([predictions], arguments.GetRequiredValue(_references), needAll: !arguments.GetValue(_chill)).Select(selection.Map)];
        string path = arguments.GetValue(_output) ?? Path.Combine(predictions, SummaryFile.FileName);
        EvaluationOptions options = new(selection.Version, selection.Evaluated)
        {
            Ignore = selection.Ignore,
            Surface = arguments.GetValue(_surface),
            TolerancesMm = arguments.GetValue(_tolerance) ?? [1],
        };
        using WorkerPool workers = new(arguments.GetRequiredValue(_threads));
        ProgressLine line = new(Terminal);
        EvaluationSummary summary = EvaluationSummary.Of(
            cases, options, workers, new ProgressReport<EvaluationProgress>(report => line.Report(report.Step, report.Done, report.Total)), Terminal.Cancellation);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        SummaryFile.Write(path, summary, time: DateTime.Now);
        Show(summary, selection, path);
        return ExitCode.Success;
    }

    private void Show(EvaluationSummary summary, LabelSelection selection, string path)
    {
        string[] shown = [.. summary.ForegroundMean.Metrics.Where(metric => metric.Name == "Dice" || metric.IsOfSurface).Select(metric => metric.Name)];
        TextTable table = new(["label", "name", .. shown]) { LeftAligned = new HashSet<int> { 1 } };
        for (int i = 0; i < summary.Mean.Count; i++)
        {
            LabelOrRegion what = summary.Options.Evaluated[i];
            table.Add([what.Key, selection.NameOf(what), .. shown.Select(name => Number(summary.Mean[i][name]))]);
        }

        table.Add(["mean", "", .. shown.Select(name => Number(summary.ForegroundMean[name]))]);
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine($"{summary.Cases.Count} case{(summary.Cases.Count == 1 ? "" : "s")}; the mean is over all but the background. Written: {path}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["summary"] = path,
            ["cases"] = summary.Cases.Count,
            ["foregroundMean"] = Json(summary.ForegroundMean),
            ["labels"] = new JsonArray([.. summary.Mean.Select((scores, i) => new JsonObject
            {
                ["label"] = summary.Options.Evaluated[i].Key,
                ["name"] = selection.NameOf(summary.Options.Evaluated[i]),
                ["mean"] = Json(scores),
            })]),
        });
    }

    private static JsonObject Json(Scores scores)
    {
        JsonObject json = [];
        for (int i = 0; i < scores.Metrics.Count; i++)
            json[scores.Metrics[i].Name] = double.IsNaN(scores.Values[i]) ? null : scores.Values[i];
        return json;
    }

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("F4", CultureInfo.InvariantCulture);

    private static ImmutableArray<double>? TryParseTolerances(string text)
    {
        double[] lengths = [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double length) ? length : -1)];
        return Array.TrueForAll(lengths, length => length >= 0) && lengths.Distinct().Count() == lengths.Length ? [.. lengths] : null;
    }
}
