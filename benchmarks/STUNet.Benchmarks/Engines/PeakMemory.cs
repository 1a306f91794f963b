using System.Diagnostics;
using System.Globalization;

namespace STUNet.Benchmarks.Engines;

/// <summary>The most memory this process has had resident so far: weights, activations, results and the runtime itself.</summary>
internal static class PeakMemory
{
    private const string StatusFile = "/proc/self/status";
    private const string Field = "VmHWM:";

    /// <summary>Bytes: VmHWM on Linux, else what the runtime knows.</summary>
    public static long Bytes
    {
        get
        {
            if (!File.Exists(StatusFile))
                return Process.GetCurrentProcess().PeakWorkingSet64;
            string line = File.ReadLines(StatusFile).First(entry => entry.StartsWith(Field, StringComparison.Ordinal));
            return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
        }
    }
}
