using System.Diagnostics;

namespace STUNet.Tests.Gpu;

/// <summary>
/// Kernels that hand values on through shared memory, the convolution by tiles, its gradients, losses and the labelling of resampled sums, under Oclgrind, an OpenCL driver that interprets kernels and reports data races and accesses outside of a buffer. Copies to shared
/// memory are made at once there, so a stage that is overwritten while others still read it shows.
/// </summary>
public sealed class Conv3dTensorGpuRaceTests
{
    private const string Library = "/usr/lib/oclgrind/liboclgrind-rt.so";

    [Fact]
    public async Task Run_TinyCasesUnderOclgrind_ReportsNoRaceAndNoInvalidAccess()
    {
        Assert.SkipUnless(File.Exists(Library), $"{Library} is absent; install the package oclgrind");
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "STUNet.OpRunner.dll"), "tensor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["STUNET_OPENCL_LIBRARY"] = Library;
        start.Environment["OCLGRIND_DATA_RACES"] = "1";
        // Every emulated instruction has shared memory of its own.
        start.Environment["OCLGRIND_LOCAL_MEM_SIZE"] = "4194304";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string[] results = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string report = await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(report.Contains("race", StringComparison.OrdinalIgnoreCase) || report.Contains("Invalid", StringComparison.Ordinal), report);
        // Forwards three copying tiles and two that gather; of each gradient, whose tiles are the same, one of either; of all three, one of either in TF32 and in F32, and one more forward in each for a source that is upsampled, and for boxes of two kinds; a loss's sums and its gradient; labels.
        Assert.Equal(5 + 2 + 2 + (3 * 2) + (3 * 2) + (3 * 3) + 2 + 1, results.Length);
        foreach (string family in (string[])["ForwardUpsampled", "ForwardHaloTensor", "ForwardHaloTile", "ForwardHaloNarrow"])
            Assert.Contains(results, result => result.StartsWith(family, StringComparison.Ordinal));
        Assert.All(results, result => Assert.EndsWith(" passed", result, StringComparison.Ordinal));
    }
}
