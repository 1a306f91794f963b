namespace STUNet.Tests;

/// <summary>The switch for tests that take minutes or many gigabytes: STUNET_LONG_TESTS=1.</summary>
internal static class LongTests
{
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("STUNET_LONG_TESTS") == "1";

    /// <summary>Skips the running test unless the switch is on.</summary>
    /// <param name="cost">What it takes, for the printed reason.</param>
    public static void Require(string cost) => Assert.SkipUnless(Enabled, $"long test ({cost}): set STUNET_LONG_TESTS=1 to run it");
}
