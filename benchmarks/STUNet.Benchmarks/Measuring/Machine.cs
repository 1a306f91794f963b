using System.Globalization;
using STUNet.TestKit;

namespace STUNet.Benchmarks.Measuring;

/// <summary>Where and on what code a figure was measured.</summary>
internal static class Machine
{
    private const string CpuInfo = "/proc/cpuinfo";

    /// <summary>The processor's name.</summary>
    public static string Cpu { get; } = File.Exists(CpuInfo)
        ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown"
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";

    /// <summary>The checked-out commit, read from the repository's own files; changes not committed do not show.</summary>
    public static string Commit { get; } = ReadCommit(Path.Combine(RepositoryRoot.Path, ".git"));

    /// <summary>Today, ISO 8601.</summary>
    public static string Date => DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Bytes of memory that processes can still get.</summary>
    public static long AvailableBytes => GC.GetGCMemoryInfo() is var info && File.Exists("/proc/meminfo")
        ? long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10
        : info.TotalAvailableMemoryBytes - info.MemoryLoadBytes;

    private static string ReadCommit(string git)
    {
        string head = Path.Combine(git, "HEAD");
        if (!File.Exists(head))
            return "unknown";
        string text = File.ReadAllText(head).Trim();
        if (text.StartsWith("ref: ", StringComparison.Ordinal))
        {
            string name = text["ref: ".Length..];
            string loose = Path.Combine(git, name);
            string packed = Path.Combine(git, "packed-refs");
            text = File.Exists(loose) ? File.ReadAllText(loose).Trim()
                : File.Exists(packed) && File.ReadLines(packed).FirstOrDefault(line => line.EndsWith(" " + name, StringComparison.Ordinal)) is { } line ? line.Split(' ')[0]
                : "unknown";
        }

        return text[..Math.Min(text.Length, 8)];
    }
}
