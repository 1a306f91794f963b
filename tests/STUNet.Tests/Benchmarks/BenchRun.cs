using System.Diagnostics;
using System.Text.Json;
using STUNet.TestKit;

namespace STUNet.Tests.Benchmarks;

/// <summary>One call of the benchmark program, in a process of its own.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed on standard output.</param>
/// <param name="Error">What it printed on standard error.</param>
internal sealed record BenchRun(int Code, string Output, string Error)
{
    private const string Program = "STUNet.Benchmarks";

    public static Process Start(params IReadOnlyList<string> args)
    {
        // Every project's output lies in a folder of its name, by configuration.
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", Program, configuration, $"{Program}.dll")));
        foreach (string argument in args)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static BenchRun Of(params IReadOnlyList<string> args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new BenchRun(process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a command with <c>--json</c>, asserts success and gives the lines of its report.</summary>
    public static JsonElement[] Report(TemporaryFolder folder, params IReadOnlyList<string> args)
    {
        string path = folder[$"{args[0]}.jsonl"];
        BenchRun run = Of([.. args, "--json", path]);
        Assert.True(run.Code == 0, $"exit code {run.Code}: {run.Output}{run.Error}");
        Assert.DoesNotContain("skipped", run.Output);
        Assert.DoesNotContain("computes something else", run.Output);
        return [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
