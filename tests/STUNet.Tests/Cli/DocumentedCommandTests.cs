using STUNet.Cli;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

/// <summary>The command lines that the documents tell people to type.</summary>
public sealed class DocumentedCommandTests
{
    private const string Name = "stunet ";

    [Theory]
    [InlineData("README.md", 15)]
    [InlineData("docs/train-your-own.md", 15)]
    public void Documents_CommandLines_AreUnderstood(string document, int atLeast)
    {
        string[] lines = [.. File.ReadAllLines(Path.Combine(RepositoryRoot.Path, document)).Where(line => line.StartsWith(Name, StringComparison.Ordinal))];
        Assert.True(lines.Length >= atLeast, $"only {lines.Length} command lines in {document}");
        foreach (string line in lines)
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            // What is understood is cancelled before it does anything; what is not is a usage error.
            CliRun run = CliRun.Of(new CancellationToken(canceled: true), words);
            Assert.True(run.Code == ExitCode.Cancelled, $"{document}: {line}: {run.Error}");
        }
    }
}
