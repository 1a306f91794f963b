using STUNet.Core;

namespace STUNet.Cli;

/// <summary>The processor of this machine.</summary>
/// <param name="Name">As its maker calls it; empty where the system does not say.</param>
/// <param name="Simd">The widest vector instructions that the kernels use on it.</param>
/// <param name="Threads">Logical processors that this process may use.</param>
/// <param name="MemoryBytes">Memory that this process may use.</param>
internal sealed record Processor(string Name, SimdLevel Simd, int Threads, long MemoryBytes)
{
    private const string CpuInfo = "/proc/cpuinfo";

    /// <summary>Looks at this machine.</summary>
    public static Processor Find()
    {
        using CpuDevice device = new(1);
        return new Processor(NameOfThisMachine(), device.Caps.Simd, Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    private static string NameOfThisMachine()
    {
        if (!File.Exists(CpuInfo))
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";
        string? line = File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? "" : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
