using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>
/// Where the wall time of a call went: until the command began, loading the model, then each step, summed over the cases. Steps of
/// different cases overlap, so that the shares may add up to more than 100 %.
/// </summary>
/// <param name="start">Time until the command began.</param>
internal sealed class StageTable(TimeSpan start)
{
    private readonly TimeSpan[] _steps = new TimeSpan[Enum.GetValues<SegmentationStep>().Length];

    /// <summary>Reading the model, packing its weights, planning.</summary>
    public TimeSpan Loading { get; set; }

    /// <summary>Adds the steps of a case.</summary>
    public void Add(IReadOnlyList<StepTime> steps)
    {
        foreach (StepTime step in steps)
            _steps[(int)step.Step] += step.Duration;
    }

    /// <summary>The table for people.</summary>
    /// <param name="wall">Wall time of the whole call.</param>
    public string Describe(TimeSpan wall)
    {
        TextTable table = new("stage", "seconds", "share");
        foreach ((string name, TimeSpan time) in Rows(wall))
            table.Add(name, Number(time.TotalSeconds, 3), $"{Number(100 * time / wall, 1)} %");
        return table.ToString();
    }

    /// <summary>The table for machines.</summary>
    /// <param name="wall">Wall time of the whole call.</param>
    public JsonArray Json(TimeSpan wall) =>
        [.. Rows(wall).Select(row => new JsonObject { ["stage"] = row.Name, ["seconds"] = row.Time.TotalSeconds, ["share"] = row.Time / wall })];

    private IEnumerable<(string Name, TimeSpan Time)> Rows(TimeSpan wall)
    {
        yield return ("start", start);
        yield return ("loading", Loading);
        foreach (SegmentationStep step in Enum.GetValues<SegmentationStep>())
            yield return (step.ToString().ToLowerInvariant(), _steps[(int)step]);
        yield return ("in all", wall);
        yield return ("outside of the windows", wall - _steps[(int)SegmentationStep.Windows]);
    }

    private static string Number(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
