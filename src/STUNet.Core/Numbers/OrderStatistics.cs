namespace STUNet.Core;

/// <summary>Medians and percentiles with numpy's order of operations, so that planned numbers agree to the last bit.</summary>
public static class OrderStatistics
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    /// <param name="values">The values, in any order, at least one.</param>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>A percentile by linear interpolation between neighbours.</summary>
    /// <param name="values">The values, in any order, at least one.</param>
    /// <param name="percent">0 to 100.</param>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        double[] sorted = [.. values.Order()];
        return Percentile(sorted.Length, at => sorted[at], percent);
    }

    /// <summary>A percentile of values that are known by their rank.</summary>
    /// <param name="count">How many, at least one.</param>
    /// <param name="ranked">The value of a rank, 0 the smallest.</param>
    /// <param name="percent">0 to 100.</param>
    public static double Percentile(long count, Func<long, double> ranked, double percent)
    {
        double position = (count - 1) * (percent / 100);
        double share = position - Math.Floor(position);
        double below = ranked((long)position);
        double above = ranked(Math.Min((long)position + 1, count - 1));
        // From the nearer end, as numpy does.
        return share >= 0.5 ? above - ((above - below) * (1 - share)) : below + ((above - below) * share);
    }
}
