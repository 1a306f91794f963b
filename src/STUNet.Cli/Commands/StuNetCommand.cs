using System.CommandLine;

namespace STUNet.Cli;

/// <summary>What all commands share: <c>--json</c>, <c>--verbose</c>, and that a failure becomes one line and an exit code.</summary>
internal abstract class StuNetCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the result as JSON on standard output, and nothing else there." };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Print details on standard error: memory plans, time per stage, stack traces." };

    protected StuNetCommand(CommandConsole console, string name, string documentation)
        : base(name, documentation.Split('\n')[0].TrimEnd())
    {
        Documentation = documentation;
        Terminal = console;
        Options.Add(_json);
        Options.Add(_verbose);
        SetAction(Invoke);
    }

    /// <summary>The help text of the command; its first line stands in the list of commands.</summary>
    public string Documentation { get; }

    /// <summary>Where the command writes.</summary>
    protected CommandConsole Terminal { get; }

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Execute(ParseResult arguments);

    private int Invoke(ParseResult arguments)
    {
        Terminal.Json = arguments.GetValue(_json);
        Terminal.Verbose = arguments.GetValue(_verbose);
        try
        {
            Terminal.Cancellation.ThrowIfCancellationRequested();
            return Execute(arguments);
        }
        catch (Exception failure)
        {
            return Terminal.Report(failure);
        }
        finally
        {
            Terminal.EndProgress();
        }
    }
}
