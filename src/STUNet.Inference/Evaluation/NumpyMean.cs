namespace STUNet.Inference;

/// <summary>
/// Means with NumPy's order of additions, so that two means which NumPy finds equal (or which of them it finds larger) are so here too.
/// </summary>
internal static class NumpyMean
{
    private const int Lanes = 8;
    private const int Block = 128;

    /// <summary>The mean; NaN of nothing.</summary>
    public static double Of(ReadOnlySpan<double> values) => Sum(values) / values.Length;

    /// <summary>The mean of the values that are not NaN; NaN where there is none.</summary>
    public static double WithoutNaN(ReadOnlySpan<double> values)
    {
        // NumPy puts zeros in place of NaN and divides by the number of the others.
        double[] zeroed = values.ToArray();
        int count = zeroed.Length;
        for (int i = 0; i < zeroed.Length; i++)
        {
            if (double.IsNaN(zeroed[i]))
                (zeroed[i], count) = (0, count - 1);
        }

        return Sum(zeroed) / count;
    }

    // Short lists one after another, blocks in eight lanes, longer lists as the sum of two halves.
    private static double Sum(ReadOnlySpan<double> values)
    {
        if (values.Length > Block)
        {
            int half = values.Length / 2;
            half -= half % Lanes;
            return Sum(values[..half]) + Sum(values[half..]);
        }

        int at = 0;
        double sum = 0;
        if (values.Length >= Lanes)
        {
            Span<double> lane = stackalloc double[Lanes];
            for (; at <= values.Length - Lanes; at += Lanes)
            {
                for (int i = 0; i < Lanes; i++)
                    lane[i] += values[at + i];
            }

            sum = (lane[0] + lane[1] + (lane[2] + lane[3])) + (lane[4] + lane[5] + (lane[6] + lane[7]));
        }

        for (; at < values.Length; at++)
            sum += values[at];
        return sum;
    }
}
