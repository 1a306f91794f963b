using System.CommandLine;
using STUNet.Engine;

namespace STUNet.Cli;

/// <summary><c>--recompute</c>: what a training step computes again.</summary>
internal static class RecomputeOption
{
    /// <summary>The option of a command.</summary>
    public static Option<string> Create() => ParsedOption.OneOf(
        "--recompute", "What a training step computes again to save memory. blocks: the convolutions too, about one more forward pass. Rounds differently.", "cheap", "nothing", "cheap", "blocks");

    /// <summary>What was asked for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="option">The command's option.</param>
    public static Recompute Read(ParseResult arguments, Option<string> option) => Enum.Parse<Recompute>(arguments.GetRequiredValue(option), ignoreCase: true);
}
