using System.Globalization;
using System.Text.Json.Nodes;

namespace STUNet.Training;

/// <summary>The report, for machines and for people.</summary>
public sealed partial record DatasetVerification
{
    /// <summary>A summary for people: one line of counts, then one line per finding.</summary>
    /// <param name="most">Findings listed at most.</param>
    public IEnumerable<string> Summary(int most = 50)
    {
        yield return Passed
            ? $"{Dataset}: {Counted(Cases.Length, "case")}, no errors, {Counted(Warnings, "warning")}"
            : $"{Dataset}: {Counted(Cases.Length, "case")}, {Counted(Errors, "error")}, {Counted(Warnings, "warning")}";
        VerificationFinding[] findings = [.. Findings.OrderByDescending(finding => finding.Severity)];
        foreach (VerificationFinding finding in findings.Take(most))
            yield return $"  {(finding.Severity == FindingSeverity.Error ? "error" : "warning")}: {finding.File}: {finding.Message}";
        if (findings.Length > most)
            yield return $"  and {findings.Length - most} more, all of them in {FileName}";
    }

    /// <summary>The report as JSON.</summary>
    internal JsonObject ToJson() => new()
    {
        ["dataset"] = Dataset,
        ["passed"] = Passed,
        ["errors"] = Errors,
        ["warnings"] = Warnings,
        ["findings"] = new JsonArray([.. Findings.Select(FindingJson)]),
        ["cases"] = new JsonArray([.. Cases.Select(CaseJson)]),
    };

    private static JsonNode FindingJson(VerificationFinding finding) => new JsonObject
    {
        ["severity"] = Word(finding.Severity),
        ["check"] = Word(finding.Check),
        ["case"] = finding.Case,
        ["file"] = finding.File,
        ["message"] = finding.Message,
    };

    private static JsonNode CaseJson(VerifiedCase entry)
    {
        JsonObject labels = [];
        foreach ((int value, long voxels) in entry.LabelVoxels)
            labels[value.ToString(CultureInfo.InvariantCulture)] = voxels;
        return new JsonObject
        {
            ["case"] = entry.Case,
            ["shape"] = entry.Size is { } size ? NnunetJson.Integers([size.D, size.H, size.W]) : null,
            ["spacing"] = entry.Spacing is { } spacing ? NnunetJson.Floats([spacing.Z, spacing.Y, spacing.X]) : null,
            ["labelVoxels"] = labels,
        };
    }

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
