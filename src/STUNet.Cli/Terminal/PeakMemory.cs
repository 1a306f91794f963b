using System.Diagnostics;
using System.Globalization;

namespace STUNet.Cli;

/// <summary>The most memory this process has had resident so far.</summary>
internal static class PeakMemory
{
    private const string StatusFile = "/proc/self/status";

    /// <summary>Bytes: the kernel's VmHWM on Linux, else what the runtime knows.</summary>
    public static long Bytes
    {
        get
        {
            if (File.Exists(StatusFile))
            {
                foreach (string line in File.ReadLines(StatusFile))
                {
                    if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                        return 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", ""), NumberStyles.Integer | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
                }
            }

            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }
}
