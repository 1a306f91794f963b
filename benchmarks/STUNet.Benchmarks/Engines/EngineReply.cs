using System.Text.Json;
using System.Text.Json.Serialization;

namespace STUNet.Benchmarks.Engines;

/// <summary>One line an engine's process answers a request with; what a request does not ask for is null.</summary>
internal sealed record EngineReply
{
    /// <summary>JSON as it is written on the pipe.</summary>
    public static JsonSerializerOptions Format { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a wrong engine may differ by NaN
    };

    /// <summary>Why the request failed.</summary>
    public string? Error { get; init; }

    /// <summary>Name and version of the implementation.</summary>
    public string? Version { get; init; }

    /// <summary>What computes, such as a kernel's name.</summary>
    public string? Kernel { get; init; }

    /// <summary>Floating-point operations of the job by the direct algorithm.</summary>
    public long? Flops { get; init; }

    /// <summary>Wall time of one run, the mean where several were asked for.</summary>
    public double? Seconds { get; init; }

    /// <summary>Processor time of the same.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>The most memory that was resident so far.</summary>
    public long? PeakRssBytes { get; init; }

    /// <summary>Multiply-add peak, GFLOP/s.</summary>
    public double? PeakGflops { get; init; }

    /// <summary>Largest distance from the reference output.</summary>
    public double? MaxDifference { get; init; }

    /// <summary>Largest magnitude of the reference output.</summary>
    public double? Scale { get; init; }
}
