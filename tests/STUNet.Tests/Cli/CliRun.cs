using System.Diagnostics;
using System.Text.Json;

namespace STUNet.Tests.Cli;

/// <summary>One call of the command line.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed on standard output.</param>
/// <param name="Error">What it printed on standard error.</param>
internal sealed record CliRun(int Code, string Output, string Error)
{
    /// <summary>The lines on standard error.</summary>
    public string[] ErrorLines => Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What <c>--json</c> printed.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Runs in this process.</summary>
    public static CliRun Of(params IReadOnlyList<string> args) => Of(CancellationToken.None, args);

    /// <summary>Runs in this process.</summary>
    public static CliRun Of(CancellationToken cancellation, params IReadOnlyList<string> args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = STUNet.Cli.Program.Run(args, output, error, cancellation);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts a process of its own, as a user does.</summary>
    public static Process Start(params IReadOnlyList<string> args)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(STUNet.Cli.Program).Assembly.Location);
        foreach (string argument in args)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Asserts success and gives the run.</summary>
    public CliRun Succeeded()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Error}");
        return this;
    }

    /// <summary>Asserts a failure of one line that contains all texts.</summary>
    public void FailedWith(int code, params IReadOnlyList<string> texts)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}: {Error}");
        string line = Assert.Single(ErrorLines, line => !line.StartsWith("stunet: warning: ", StringComparison.Ordinal));
        Assert.StartsWith("stunet: ", line);
        foreach (string text in texts)
            Assert.Contains(text, line);
    }
}
