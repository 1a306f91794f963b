using System.Diagnostics;
using STUNet.Cli;
using STUNet.Core;

namespace STUNet.Tests.Cli;

public sealed class CancellationTests
{
    [Fact]
    public void Predict_Interrupted_LeavesNoFileAndGives130()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "sends SIGINT by kill(1)");
        using CliFiles files = new();
        // Some 700 windows, 8 times each: far from done when the interruption comes.
        string image = files.Image("big.nii.gz", size: new Int3(120, 160, 240));
        using Process process = CliRun.Start("predict", "--model", files.Model(), "-i", image, "-o", files["out/"], "--preview", files["out/"], "--verbose");
        string? line;
        while ((line = process.StandardError.ReadLine()) is not null && !line.Contains("at most", StringComparison.Ordinal))
            continue;
        Assert.NotNull(line);
        Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        string rest = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "still running a minute after the interruption");
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains("stunet: cancelled", rest);
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
