using System.Diagnostics;
using STUNet.Cli;
using STUNet.Core;

namespace STUNet.Tests.Cli;

public sealed class CancellationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("INT", 2)]
    [InlineData("TERM", 15)]
    public void Predict_Interrupted_LeavesNoFileAndGives130(string signal, int number)
    {
        ProcessSignal sent = new(signal, number);
        sent.SkipUnlessItArrives();
        using CliFiles files = new();
        // Some 700 windows, 8 times each: far from done when the interruption comes.
        string image = files.Image("big.nii.gz", size: new Int3(120, 160, 240));
        using Process process = CliRun.Start("predict", "--model", files.Model(), "-i", image, "-o", files["out/"], "--preview", files["out/"], "--verbose");
        try
        {
            string? line;
            while ((line = process.StandardError.ReadLine()) is not null && !line.Contains("at most", StringComparison.Ordinal))
                continue;
            Assert.NotNull(line);
            sent.SendTo(process);
            Assert.True(process.WaitForExit(Patience), $"still running {Patience} after the interruption");
        }
        finally
        {
            process.Kill();
        }

        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains("stunet: cancelled", process.StandardError.ReadToEnd());
        Assert.Empty(files.FilesIn("out"));
    }

    [Fact]
    public void Process_WrongUsage_ExitsWithTheDocumentedCode()
    {
        using Process process = CliRun.Start("predict");
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(ExitCode.Usage, process.ExitCode);
        Assert.StartsWith("stunet: ", error);
    }
}
