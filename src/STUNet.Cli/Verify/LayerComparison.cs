namespace STUNet.Cli;

/// <summary>How far one layer is from its golden values.</summary>
/// <param name="Name">Name in the golden file.</param>
/// <param name="Values">Number of values.</param>
/// <param name="MaxError">Largest absolute difference; infinite where one is NaN and the other not.</param>
/// <param name="Scale">Largest absolute golden value.</param>
/// <param name="Tolerance">Largest difference allowed.</param>
internal sealed record LayerComparison(string Name, long Values, double MaxError, double Scale, double Tolerance)
{
    public bool IsWithin => MaxError <= Tolerance;

    /// <summary>Compares two layers.</summary>
    /// <param name="name">Name in the golden file.</param>
    /// <param name="expected">Golden values.</param>
    /// <param name="actual">As many values.</param>
    /// <param name="relativeTolerance">Largest difference allowed, as a fraction of the largest golden value.</param>
    public static LayerComparison Of(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double relativeTolerance)
    {
        double worst = 0;
        double scale = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = expected[i].Equals(actual[i]) ? 0 : Math.Abs((double)expected[i] - actual[i]);
            worst = Math.Max(worst, double.IsNaN(error) ? double.PositiveInfinity : error);
            scale = Math.Max(scale, Math.Abs(expected[i]));
        }

        return new LayerComparison(name, expected.Length, worst, scale, relativeTolerance * scale);
    }
}
