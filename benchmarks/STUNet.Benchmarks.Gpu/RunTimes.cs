using System.Text.Json.Nodes;
using STUNet.Core;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Milliseconds of several runs of one thing.</summary>
/// <param name="Milliseconds">One for each run.</param>
/// <param name="Clock">What measured them, such as <c>CUDA events</c>.</param>
internal sealed record RunTimes(IReadOnlyList<double> Milliseconds, string Clock)
{
    public double Median => OrderStatistics.Median(Milliseconds);

    /// <summary>Adds the figures to a result line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="work">What one run does.</param>
    public JsonObject AddTo(JsonObject line, WorkEstimate work)
    {
        line["clock"] = Clock;
        line["runs"] = Milliseconds.Count;
        line["ms_median"] = Median;
        line["ms_min"] = Milliseconds.Min();
        line["flops"] = work.Flops;
        line["tflops"] = work.Flops / Median / 1e9;
        line["gbs"] = work.Bytes / Median / 1e6;
        return line;
    }
}
