using System.Diagnostics;
using STUNet.TestKit;

namespace STUNet.Tests.Gpu.Bundle;

/// <summary>One call of benchmarks/gpu/run.sh, or of a script beside it.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed.</param>
internal sealed record GpuBundleRun(int Code, string Output)
{
    /// <summary>The folder of the scripts.</summary>
    public static string Folder { get; } = Path.Combine(RepositoryRoot.Path, "benchmarks", "gpu");

    /// <summary>The program as built here, which a bundle has in its folder bin.</summary>
    public static string Program { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "STUNet.Benchmarks.Gpu", new DirectoryInfo(AppContext.BaseDirectory).Name, "STUNet.Benchmarks.Gpu"));

    /// <summary>Runs run.sh with a program in the place of the bundle's, and its results in a folder.</summary>
    public static GpuBundleRun Of(string program, TemporaryFolder results, params IReadOnlyList<string> arguments) =>
        Script(Path.Combine(Folder, "run.sh"), program, ["--out", results["results"], .. arguments]);

    /// <summary>Runs a script.</summary>
    public static GpuBundleRun Script(string path, string? program, IReadOnlyList<string> arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the bundle is for Linux");
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(path);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        // With a program in the bundle's place PyTorch is left out: it would be timed in full.
        start.Environment["STUNET_GPU_PYTHON"] = program is null ? "/usr/bin/python3" : "/bin/true";
        if (program is not null)
            start.Environment["STUNET_GPU_PROGRAM"] = program;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new GpuBundleRun(process.ExitCode, output + error.Result);
    }
}
