using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Writes <c>summary.json</c> in the form of nnU-Net v1 or v2: keys sorted, indented by four, values that are not defined as the bare token NaN.
/// </summary>
public static class SummaryFile
{
    /// <summary>Name of the file beside the predictions.</summary>
    public const string FileName = "summary.json";

    private const int IdDigits = 12;

    /// <summary>Writes a summary.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="summary">The summary; its options choose the form.</param>
    /// <param name="task">Name of the task; v1 only.</param>
    /// <param name="time">The time to note down; v1 only, null for none.</param>
    public static void Write(string path, EvaluationSummary summary, string task = "", DateTime? time = null) =>
        AtomicFile.WriteText(path, Text(summary, task, time));

    /// <summary>The text of a summary.</summary>
    /// <param name="summary">The summary; its options choose the form.</param>
    /// <param name="task">Name of the task; v1 only.</param>
    /// <param name="time">The time to note down; v1 only, null for none.</param>
    public static string Text(EvaluationSummary summary, string task = "", DateTime? time = null) =>
        PythonJson.Text(summary.Options.Version == NnunetVersion.V1 ? V1(summary, task, time) : V2(summary));

    /// <summary>The members <c>foreground_mean</c> and <c>mean</c> of v2.</summary>
    internal static SortedDictionary<string, object?> MeansV2(EvaluationSummary summary) => Sorted(
        ("foreground_mean", Json(summary.ForegroundMean)),
        ("mean", ByKey(summary, summary.Mean, Json)));

    private static SortedDictionary<string, object?> V2(EvaluationSummary summary)
    {
        SortedDictionary<string, object?> root = MeansV2(summary);
        root["metric_per_case"] = summary.Cases.Select(scores => Sorted(
            ("metrics", ByKey(summary, scores.Scores, OfCase)),
            ("prediction_file", scores.Case.PredictionFile),
            ("reference_file", scores.Case.ReferenceFile))).ToArray();
        return root;
    }

    private static SortedDictionary<string, object?> V1(EvaluationSummary summary, string task, DateTime? time)
    {
        SortedDictionary<string, object?> root = Sorted(
            ("author", "stunet"),
            ("description", ""),
            ("name", ""),
            ("results", Sorted(
                ("all", summary.Cases.Select(scores => CaseV1(summary, scores)).ToArray()),
                ("mean", ByKey(summary, summary.Mean, Json)))),
            ("task", task),
            ("timestamp", time is { } at ? at.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) : ""));
        // An identifier only has to differ between summaries: here too a digest of the text without it.
        byte[] digest = MD5.HashData(Encoding.UTF8.GetBytes(PythonJson.Text(root)));
        root["id"] = Convert.ToHexStringLower(digest)[..IdDigits];
        return root;
    }

    private static SortedDictionary<string, object?> CaseV1(EvaluationSummary summary, CaseScores scores)
    {
        SortedDictionary<string, object?> row = ByKey(summary, scores.Scores, OfCase);
        row["reference"] = scores.Case.ReferenceFile;
        row["test"] = scores.Case.PredictionFile;
        return row;
    }

    private static SortedDictionary<string, object?> ByKey(
        EvaluationSummary summary, IReadOnlyList<Scores> scores, Func<Scores, SortedDictionary<string, object?>> json) =>
        Sorted([.. scores.Select((row, i) => (summary.Options.Evaluated[i].Key, (object?)json(row)))]);

    private static SortedDictionary<string, object?> OfCase(Scores scores) =>
        Sorted([.. scores.Metrics.Select((metric, i) => (metric.Name, metric.IsCount ? (object?)(long)scores.Values[i] : scores.Values[i]))]);

    private static SortedDictionary<string, object?> Json(Scores scores) =>
        Sorted([.. scores.Metrics.Select((metric, i) => (metric.Name, (object?)scores.Values[i]))]);

    private static SortedDictionary<string, object?> Sorted(params ReadOnlySpan<(string Key, object? Value)> members)
    {
        SortedDictionary<string, object?> sorted = new(StringComparer.Ordinal);
        foreach ((string key, object? value) in members)
            sorted.Add(key, value);
        return sorted;
    }
}
