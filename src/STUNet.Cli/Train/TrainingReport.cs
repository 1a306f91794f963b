using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>A training on one page, <c>report.html</c>: it refers to no other file, runs no script, and is well-formed XML.</summary>
internal sealed class TrainingReport
{
    /// <summary>Name of the file in the fold's folder.</summary>
    public const string FileName = "report.html";

    private const int BestEpochs = 5;
    private const int LastEpochs = 10;
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c1d20; --ground: #fff; --quiet: #6a6d74; --line: #dcdde1; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e8; --ground: #17181a; --quiet: #9b9ea6; --line: #35373c; } }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 860px; margin: 0 auto; padding: 24px 20px 60px; }
        h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 8px; } h3 { font-size: 15px; margin: 20px 0 2px; }
        .quiet { color: var(--quiet); } .scroll { overflow-x: auto; }
        table { border-collapse: collapse; } td, th { padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } td.long { overflow-wrap: anywhere; }
        svg { width: 100%; height: auto; display: block; } svg line { stroke: var(--line); } svg text { fill: var(--quiet); font-size: 12px; }
        svg path { fill: none; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
        .legend span { margin-right: 16px; white-space: nowrap; } .legend b { display: inline-block; width: 14px; height: 3px; margin-right: 5px; vertical-align: middle; }
        """;

    private readonly TrainingFacts _facts;
    private readonly IReadOnlyList<EpochRecord> _epochs;
    private readonly EvaluationSummary? _validation;

    private TrainingReport(TrainingFacts facts, IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation) =>
        (_facts, _epochs, _validation) = (facts, epochs, validation);

    /// <summary>Writes the page, under a temporary name first.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="facts">What the training is.</param>
    /// <param name="epochs">The epochs so far.</param>
    /// <param name="validation">The scores of the final validation; null where there was none.</param>
    public static void Write(string path, TrainingFacts facts, IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation) =>
        AtomicFile.WriteText(path, Text(facts, epochs, validation));

    /// <summary>The page.</summary>
    /// <param name="facts">What the training is.</param>
    /// <param name="epochs">The epochs so far.</param>
    /// <param name="validation">The scores of the final validation; null where there was none.</param>
    public static string Text(TrainingFacts facts, IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation) =>
        $"<!DOCTYPE html>\n{new TrainingReport(facts, epochs, validation).Page()}\n";

    private XElement Page()
    {
        string title = PageText.Clean($"{_facts.Dataset}, fold {_facts.Settings.Fold}");
        return new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", title),
                new XElement("style", Style)),
            new XElement("body", new XElement("main", new XElement("h1", title), Overview(), Curves(), Validation(), Epochs(), Settings(), Split())));
    }

    private IEnumerable<XElement> Overview()
    {
        yield return Quiet($"{_facts.Settings.Trainer}, {_facts.Configuration}: {_epochs.Count} of {_facts.Described["epochs"]} epochs");
        if (_epochs.Count == 0)
            yield break;
        EpochTimes[] times = [.. _epochs.Select(epoch => epoch.Times)];
        double total = times.Sum(time => time.Total);
        double Share(Func<EpochTimes, double> part) => total > 0 ? 100 * times.Sum(part) / total : 0;
        yield return new XElement("p", Invariant(
            $"Average pseudo Dice {Score(_epochs[^1].AverageDice)}, at best {Score(Best(1)[0].AverageDice)} in epoch {Best(1)[0].Epoch}. ")
            + Invariant($"An epoch takes {total / times.Length:F1} s: {Share(time => time.Network):F0} % inside the network, {Share(time => time.WaitingForData):F0} % waiting for data."));
    }

    private IEnumerable<XElement> Curves()
    {
        yield return new XElement("h2", "Curves");
        if (EpochChart.GroupOf(_epochs.Count) is > 1 and int group)
            yield return Quiet($"Every point is the mean of {group} epochs.");
        foreach (EpochPanel panel in (EpochPanel[])[EpochPanel.Loss, EpochPanel.Dice, EpochPanel.DiceOf(_facts.Classes), EpochPanel.LearningRate, EpochPanel.Seconds])
        {
            yield return new XElement("h3", panel.Title);
            if (panel.Curves.Count > 1 || panel.Curves[0].Name.Length > 0)
                yield return Legend(panel);
            yield return EpochChart.Draw(panel, _epochs);
        }
    }

    private static XElement Legend(EpochPanel panel) => new(
        "p",
        new XAttribute("class", "legend"),
        panel.Curves.Select((curve, i) => new XElement("span", new XElement("b", new XAttribute("style", $"background:{EpochChart.ColorOf(i)}"), ""), PageText.Clean(curve.Name))));

    private IEnumerable<XElement> Validation()
    {
        if (_validation is not { } summary)
            yield break;
        yield return new XElement("h2", "Final validation");
        yield return new XElement("p", $"{Cases(summary.Cases.Count)} predicted as whole images by {_facts.Validated}; mean Dice of the foreground {Score(summary.ForegroundMean["Dice"])}.");
        List<string[]> rows = [];
        for (int i = 0; i < summary.Options.Evaluated.Length; i++)
        {
            LabelOrRegion what = summary.Options.Evaluated[i];
            CaseScores? worst = summary.Cases.Where(scores => !double.IsNaN(scores.Scores[i]["Dice"])).MinBy(scores => scores.Scores[i]["Dice"]);
            rows.Add(
            [
                _facts.NameOf(what),
                worst?.Case.Name ?? "",
                Score(summary.Mean[i]["Dice"]),
                Score(worst?.Scores[i]["Dice"] ?? double.NaN),
            ]);
        }

        yield return Table(["class", "worst case", "mean Dice", "its Dice"], rows, texts: 2);
    }

    private IEnumerable<XElement> Epochs()
    {
        if (_epochs.Count == 0)
            yield break;
        yield return new XElement("h2", "Epochs");
        yield return new XElement("h3", "best by average pseudo Dice");
        yield return EpochTable(Best(BestEpochs));
        yield return new XElement("h3", "last");
        yield return EpochTable(_epochs.TakeLast(LastEpochs).Reverse());
    }

    private EpochRecord[] Best(int count) =>
        [.. _epochs.OrderByDescending(epoch => double.IsNaN(epoch.AverageDice) ? double.NegativeInfinity : epoch.AverageDice).Take(count)];

    private static XElement EpochTable(IEnumerable<EpochRecord> epochs) => Table(
        ["epoch", "loss", "validation", "pseudo Dice", "average", "rate", "seconds", "network"],
        epochs.Select(epoch => (string[])
        [
            Invariant($"{epoch.Epoch}"), Score(epoch.TrainingLoss), Score(epoch.ValidationLoss), Score(epoch.MeanDice), Score(epoch.AverageDice),
            Invariant($"{epoch.LearningRate:G4}"), Invariant($"{epoch.Times.Total:F1}"), Invariant($"{100 * epoch.Times.NetworkShare:F0} %"),
        ]),
        texts: 0);

    private IEnumerable<XElement> Settings()
    {
        TrainerSettings settings = _facts.Settings;
        ImmutableSortedDictionary<string, string> described = _facts.Described;
        ImmutableArray<(string, string)> rows =
        [
            ("network", settings.Step.Network.ToString()),
            ("patch", settings.Step.Patch.ToString()),
            ("batch", described["batch_size"]),
            ("spacing", string.Join(" x ", _facts.Manifest.SpacingMm.Select(length => Invariant($"{length:G6}"))) + " mm"),
            ("rules of training", $"nnU-Net {settings.Version}"),
            ("rules of preprocessing", $"nnU-Net {_facts.Manifest.Nnunet}"),
            ("epochs", $"{described["epochs"]} of {described["iterations"]} training and {described["validation_iterations"]} validation batches"),
            ("initial learning rate", described["initial_learning_rate"]),
            ("initial weights", _facts.Beginning),
            ("seed", described["seed"]),
            ("device", _facts.Device),
            ("SHA-256 of the plans", _facts.PlanHash),
        ];
        yield return new XElement("h2", "Settings");
        yield return Pairs(rows);
        yield return new XElement(
            "details", new XElement("summary", "All settings that decide the result"), Pairs(described.Select(setting => (setting.Key, setting.Value))));
    }

    private IEnumerable<XElement> Split()
    {
        yield return new XElement("h2", "Data split");
        yield return Listed("validation", _facts.Split.Validation);
        yield return Listed("training", _facts.Split.Train);
    }

    private static XElement Listed(string purpose, ImmutableArray<string> cases) => new(
        "details",
        new XElement("summary", $"{Cases(cases.Length)} for {purpose}"),
        new XElement("p", PageText.Clean(string.Join(", ", cases.Order(StringComparer.Ordinal)))));

    private static XElement Quiet(string text) => new("p", new XAttribute("class", "quiet"), PageText.Clean(text));

    private static XElement Pairs(IEnumerable<(string Name, string Value)> rows) => new(
        "table", rows.Select(row => new XElement("tr", new XElement("td", row.Name), new XElement("td", new XAttribute("class", "long"), PageText.Clean(row.Value)))));

    /// <summary>A table whose first columns are texts and the others numbers.</summary>
    private static XElement Table(string[] header, IEnumerable<string[]> rows, int texts)
    {
        XElement Row(string cell, string[] cells) => new(
            "tr", cells.Select((text, i) => new XElement(cell, i < texts ? null : new XAttribute("class", "number"), PageText.Clean(text))));
        return new XElement("div", new XAttribute("class", "scroll"), new XElement("table", Row("th", header), rows.Select(row => Row("td", row))));
    }

    private static string Cases(int count) => $"{count} case{(count == 1 ? "" : "s")}";

    private static string Score(double value) => double.IsNaN(value) ? "-" : value.ToString("F4", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
