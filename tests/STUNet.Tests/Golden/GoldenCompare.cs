using STUNet.TestKit.Golden;

namespace STUNet.Tests.Golden;

/// <summary>Comparison of floats with a golden tensor, element by element; a failure names the worst element.</summary>
internal static class GoldenCompare
{
    /// <summary>Asserts |actual - expected| within the golden README's tolerance for every element.</summary>
    public static void Within(GoldenTensor expected, ReadOnlySpan<float> actual, double floor = 0) =>
        Within(expected.Name, expected.ToSingles(), actual, expected.Tolerance(floor));

    /// <summary>Asserts |actual - expected| &lt;= tolerance for every element; a NaN on one side only is a failure.</summary>
    public static void Within(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = -1;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = expected[i].Equals(actual[i]) ? 0 : Math.Abs((double)actual[i] - expected[i]);
            if (!(error <= worst))
            {
                (worst, at) = (double.IsNaN(error) ? double.PositiveInfinity : error, i);
            }
        }

        Assert.True(worst <= tolerance, $"{name}[{at}]: expected {(expected.IsEmpty ? 0 : expected[at]):R}, got {(actual.IsEmpty ? 0 : actual[at]):R}, error {worst:E3} > {tolerance:E3}");
    }
}
