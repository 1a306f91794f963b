namespace STUNet.Benchmarks.Measuring;

/// <summary>What was measured of one engine.</summary>
/// <param name="Engine">ours, onnxruntime or libtorch.</param>
internal sealed record EngineResult(string Engine)
{
    /// <summary>Why there is no measurement; null where there is one.</summary>
    public string? Failure { get; set; }

    /// <summary>Name and version of the implementation.</summary>
    public string Version { get; set; } = "";

    /// <summary>What computes.</summary>
    public string? Kernel { get; set; }

    /// <summary>Operations of the job by the direct algorithm, as our plan counts them.</summary>
    public long Flops { get; set; }

    /// <summary>Wall times of the runs in seconds, in their order, without the warm-up.</summary>
    public List<double> Seconds { get; } = [];

    /// <summary>Processor times of the same runs.</summary>
    public List<double> CpuSeconds { get; } = [];

    /// <summary>Multiply-add peak of the instructions this engine may use, GFLOP/s; 0 where not measured.</summary>
    public double PeakGflops { get; set; }

    /// <summary>The most resident memory of its process.</summary>
    public long PeakRssBytes { get; set; }

    /// <summary>Largest distance from our output, as a fraction of our largest value; null for ours.</summary>
    public double? Difference { get; set; }

    /// <summary>Processors that other programs used during its runs, on average; null where the system does not tell.</summary>
    public double? OthersCores { get; set; }

    /// <summary>Processors that it used itself while the other engines ran, on average.</summary>
    public double? IdleCores { get; set; }

    public double Median => MedianOf(Seconds);

    public double MedianCpu => MedianOf(CpuSeconds);

    public double Min => Seconds.Min();

    private static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
