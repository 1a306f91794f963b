using System.Diagnostics;
using System.Runtime.InteropServices;
using STUNet.TestKit;

namespace STUNet.Benchmarks.Measuring;

/// <summary>
/// The program that runs libtorch. Its packages take 475 MB to download, so it is no part of the solution: it is built here, when somebody asks for
/// the comparison.
/// </summary>
internal static class LibtorchProject
{
    private const string Name = "STUNet.Benchmarks.Libtorch";

    /// <summary>Builds the program, or prints why it is skipped.</summary>
    /// <param name="isTraining">Whether it is to do training steps.</param>
    /// <param name="cancellation">Kills the build.</param>
    /// <returns>How to start it; null where it cannot be built here.</returns>
    public static EngineSpec? TryBuild(bool isTraining, CancellationToken cancellation)
    {
        try
        {
            return Build(isTraining, cancellation);
        }
        catch (EngineFailedException failure)
        {
            Console.WriteLine($"{EngineSpec.Libtorch} is skipped: {failure.Message}.");
            return null;
        }
    }

    private static EngineSpec Build(bool isTraining, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new EngineFailedException("its package is for Linux on x64 only");
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["build", Path.Combine(RepositoryRoot.Path, "benchmarks", Name), "-c", "Release", "-v", "quiet", "-nologo", "-nodeReuse:false"])
            start.ArgumentList.Add(argument);
        using Process build = Process.Start(start)!;
        using CancellationTokenRegistration registration = cancellation.Register(() => build.Kill(entireProcessTree: true));
        string output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (build.ExitCode != 0)
            throw new EngineFailedException($"its project does not build: {output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim() ?? "no reason given"}");
        string assembly = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", Name, "release_linux-x64", $"{Name}.dll");
        return new EngineSpec(EngineSpec.Libtorch, assembly, isTraining ? ["training"] : [], new Dictionary<string, string>());
    }
}
