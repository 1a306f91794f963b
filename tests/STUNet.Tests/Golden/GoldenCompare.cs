using STUNet.TestKit.Golden;

namespace STUNet.Tests.Golden;

/// <summary>Asserts that floats equal a golden tensor; a failure names the worst element.</summary>
internal static class GoldenCompare
{
    /// <summary>Asserts |actual - expected| within the golden README's tolerance for every element.</summary>
    public static void Within(GoldenTensor expected, ReadOnlySpan<float> actual, double floor = 0) => Assert.Null(GoldenDifference.Of(expected, actual, floor));

    /// <summary>Asserts |actual - expected| &lt;= tolerance for every element; a NaN on one side only is a failure.</summary>
    public static void Within(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance) =>
        Assert.Null(GoldenDifference.Of(name, expected, actual, tolerance));
}
