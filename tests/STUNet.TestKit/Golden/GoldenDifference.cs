namespace STUNet.TestKit.Golden;

/// <summary>Comparison of floats with a golden tensor, element by element: the sentence about the worst element, or null where all are near enough.</summary>
public static class GoldenDifference
{
    /// <summary>By the golden README's tolerance.</summary>
    /// <param name="expected">The golden values.</param>
    /// <param name="actual">As many of ours.</param>
    /// <param name="floor">The floor of the README's table for this kind of tensor.</param>
    public static string? Of(GoldenTensor expected, ReadOnlySpan<float> actual, double floor = 0) =>
        Of(expected.Name, expected.ToSingles(), actual, expected.Tolerance(floor));

    /// <summary>By |actual - expected| &lt;= tolerance for every element; a NaN on one side only is a difference.</summary>
    /// <param name="name">What is compared.</param>
    /// <param name="expected">The golden values.</param>
    /// <param name="actual">As many of ours.</param>
    /// <param name="tolerance">Largest allowed distance.</param>
    public static string? Of(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        if (expected.Length != actual.Length)
            return $"{name}: expected {expected.Length} values, got {actual.Length}";
        double worst = -1;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = expected[i].Equals(actual[i]) ? 0 : Math.Abs((double)actual[i] - expected[i]);
            if (!(error <= worst))
                (worst, at) = (double.IsNaN(error) ? double.PositiveInfinity : error, i);
        }

        return worst <= tolerance ? null : $"{name}[{at}]: expected {expected[at]:R}, got {actual[at]:R}, error {worst:E3} > {tolerance:E3}";
    }
}
