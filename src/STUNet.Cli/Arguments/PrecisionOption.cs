using System.CommandLine;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary><c>--dtype</c>: what a network computes with.</summary>
internal static class PrecisionOption
{
    /// <summary>The option of a command.</summary>
    /// <param name="description">What it means there.</param>
    public static Option<string> Create(string description) => ParsedOption.OneOf("--dtype", description, "f32", "f32", "tf32", "f16", "bf16");

    /// <summary>What was asked for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="option">The command's option.</param>
    public static Precision Read(ParseResult arguments, Option<string> option) => Enum.Parse<Precision>(arguments.GetRequiredValue(option), ignoreCase: true);

    /// <summary>Refuses rounding where exact sums are asked for.</summary>
    /// <param name="precision">What was asked for.</param>
    /// <param name="isExact">Whether plain sums were.</param>
    /// <exception cref="InvalidRequestException">Both were.</exception>
    public static void RequireUnrounded(Precision precision, bool isExact)
    {
        if (precision == Precision.TF32 && isExact)
            throw new InvalidRequestException("--exact adds up plain products of float32, and --dtype tf32 rounds their factors; leave one of them out.");
    }

    /// <summary>Refuses what a CPU does not compute with.</summary>
    /// <param name="precision">What was asked for.</param>
    /// <param name="isCpu">Whether it runs there.</param>
    /// <param name="otherwise">What else to do.</param>
    /// <exception cref="InvalidRequestException">It needs a GPU.</exception>
    public static void RequireGpu(Precision precision, bool isCpu, string otherwise)
    {
        if (precision != Precision.F32 && isCpu)
            throw new InvalidRequestException($"--dtype {precision.Name()} needs a GPU, which stunet doctor lists; add --device cuda or opencl, or {otherwise}.");
    }
}
