using System.Text.Json.Nodes;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The result lines of a folder, by part.</summary>
/// <param name="lines">All.</param>
internal sealed class ReportLines(IReadOnlyList<JsonObject> lines)
{
    /// <summary>The lines of a part.</summary>
    public IEnumerable<JsonObject> Of(string part) => lines.Where(line => line["part"]?.ToString() == part);

    /// <summary>The fastest matrix product of a kind of numbers, ours or torch.matmul; null where none was measured.</summary>
    /// <param name="arithmetic">Such as f16.</param>
    public double? Peak(string arithmetic) => Of("peak").Concat(OfTorch("matmul"))
        .Where(line => line["arithmetic"]?.ToString() == arithmetic).Max(line => line["tflops"]?.GetValue<double>());

    /// <summary>
    /// What part a step reaches of the speed that its roofline allows: its time would be at least that of its operations at the peak of their numbers, and that of its bytes at the memory's speed as measured. Null where
    /// either was not measured.
    /// </summary>
    /// <param name="line">A result with tflops and gbs.</param>
    public double? RooflineShare(JsonObject line)
    {
        double? memory = Of("peak").Where(peak => peak["arithmetic"]?.ToString() == "memory").Max(peak => peak["gbs"]?.GetValue<double>());
        double? products = Peak(line["arithmetic"]?.ToString() ?? "");
        return line["tflops"]?.GetValue<double>() is { } tflops && line["gbs"]?.GetValue<double>() is { } gbs && memory > 0 && products > 0
            ? Math.Max(tflops / products.Value, gbs / memory.Value) : null;
    }

    /// <summary>PyTorch's best time of a job; null where it was not timed.</summary>
    /// <param name="job">infer or train.</param>
    /// <param name="size">The network.</param>
    /// <param name="arithmetic">Such as f16.</param>
    public JsonObject? Torch(string job, string size, string arithmetic) => OfTorch(job)
        .Where(line => line["size"]?.ToString() == size && line["arithmetic"]?.ToString() == arithmetic && line["ms_median"] is not null)
        .MinBy(line => line["ms_median"]!.GetValue<double>());

    /// <summary>How far PyTorch's AMP was from its float32 in ten steps of training; null where it was not run.</summary>
    /// <param name="arithmetic">Such as f16.</param>
    public double? TorchDistance(string arithmetic) =>
        OfTorch("trajectory").FirstOrDefault(line => line["arithmetic"]?.ToString() == arithmetic)?["loss_distance"]?.GetValue<double>();

    // PyTorch on the CPU only shows that the scripts work: no peer of a GPU.
    private IEnumerable<JsonObject> OfTorch(string job) => Of("torch").Where(line => line["job"]?.ToString() == job && line["device"]?.ToString() != "cpu");
}
