namespace STUNet.Training;

/// <summary>Names of what optimisers remember of a parameter. They begin as zeros.</summary>
internal static class OptimiserBuffer
{
    private const string MomentumPrefix = "momentum/";
    private const string SquarePrefix = "square/";

    /// <summary>The momentum: every optimiser has it.</summary>
    /// <param name="parameter">Name of the parameter.</param>
    public static string Momentum(string parameter) => $"{MomentumPrefix}{parameter}";

    /// <summary>The second moment of AdamW.</summary>
    /// <param name="parameter">Name of the parameter.</param>
    public static string Square(string parameter) => $"{SquarePrefix}{parameter}";

    /// <summary>Whether a variable is a buffer and not a parameter.</summary>
    /// <param name="variable">Its name.</param>
    public static bool Is(string variable) =>
        variable.StartsWith(MomentumPrefix, StringComparison.Ordinal) || variable.StartsWith(SquarePrefix, StringComparison.Ordinal);
}
