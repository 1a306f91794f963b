using System.CommandLine;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Cli;

/// <summary>Which kernels a plan may take: <c>--exact</c>, and where it helps <c>--prefer</c>.</summary>
internal sealed class KernelOptions
{
    private readonly Option<bool> _exact = new("--exact")
    {
        Description = "Add up the plain sums of every convolution, without Winograd's algebra: slower, with another rounding.",
    };

    private readonly Option<string?> _prefer = new("--prefer")
    {
        HelpName = "NAME",
        Description = "Take kernels whose name contains NAME, such as Winograd2x2x2, wherever one supports the layer.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withPreference">Whether single kernels may be preferred.</param>
    public void AddTo(Command command, bool withPreference = false)
    {
        command.Options.Add(_exact);
        if (withPreference)
            command.Options.Add(_prefer);
    }

    /// <summary>The plan options asked for.</summary>
    public PlanOptions Read(ParseResult arguments)
    {
        PlanOptions options = new() { Exact = arguments.GetValue(_exact) };
        return arguments.CommandResult.Command.Options.Contains(_prefer) && arguments.GetValue(_prefer) is { } name
            ? options with { PreferredKernels = kernel => Matches(kernel, name) }
            : options;
    }

    private static bool Matches(IKernel kernel, string name) => kernel.Name.Contains(name, StringComparison.OrdinalIgnoreCase);
}
