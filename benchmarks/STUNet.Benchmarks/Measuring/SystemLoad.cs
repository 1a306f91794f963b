using System.Globalization;

namespace STUNet.Benchmarks.Measuring;

/// <summary>Processor time that all programs of the machine used, to see whether others disturbed a measurement.</summary>
internal static class SystemLoad
{
    private const double TicksPerSecond = 100; // USER_HZ
    private const string Statistics = "/proc/stat";

    /// <summary>Seconds of all processors since the start of the system, steal included; null where the system does not tell.</summary>
    public static double? BusySeconds
    {
        get
        {
            if (!File.Exists(Statistics))
                return null;
            // cpu user nice system idle iowait irq softirq steal
            double[] ticks = [.. File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            return (ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond;
        }
    }
}
