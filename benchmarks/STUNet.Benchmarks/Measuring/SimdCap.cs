namespace STUNet.Benchmarks.Measuring;

/// <summary>Caps the vector instructions of a .NET process by the runtime's own switches.</summary>
internal static class SimdCap
{
    /// <summary>What <c>--simd</c> takes, best first.</summary>
    public static IReadOnlyList<string> Levels { get; } = ["avx512", "avx2", "portable"];

    /// <summary>Environment variables of a process with a cap.</summary>
    public static IReadOnlyDictionary<string, string> VariablesOf(string level) => level switch
    {
        "avx2" => new Dictionary<string, string> { ["DOTNET_EnableAVX512"] = "0" },
        "portable" => new Dictionary<string, string> { ["DOTNET_EnableAVX2"] = "0" },
        _ => new Dictionary<string, string>(),
    };
}
