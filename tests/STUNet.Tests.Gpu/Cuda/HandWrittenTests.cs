using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu.Cuda;

/// <summary>The way of hand-written PTX to the driver and back, with a driver of ours in the place of CUDA's; no GPU is needed.</summary>
public sealed class HandWrittenTests
{
    private const int Threads = 128;

    [Fact]
    public unsafe void Probe_DriverThatRunsIt_GetsTextLaunchAndArguments()
    {
        FakeCudaDriver driver = new()
        {
            Launched = argument =>
            {
                uint* target = (uint*)*(nint*)argument;
                uint term = *(uint*)(argument + sizeof(nint));
                for (uint thread = 0; thread < Threads; thread++)
                    target[thread] = thread + term;
            },
        };
        GpuKernelReport report = Run(driver);
        Assert.Null(report.Problem);
        Assert.StartsWith("cuModuleLoadDataEx(//", driver.Calls[0], StringComparison.Ordinal);
        Assert.Contains(".target sm_90a", driver.Calls[0], StringComparison.Ordinal);
        Assert.Equal("cuModuleGetFunction(100, stunet_sm90_probe)", driver.Calls[1]);
        Assert.Contains("cuLaunchKernel(101, 1, 128, 0, 7)", driver.Calls);
        Assert.Empty(driver.Live);
    }

    [Fact]
    public void Probe_NothingStored_IsAProblem()
    {
        FakeCudaDriver driver = new() { Launched = _ => { } };
        Assert.EndsWith("instead of 1000", Run(driver).Problem, StringComparison.Ordinal);
        Assert.Empty(driver.Live);
    }

    [Fact]
    public void Probe_RefusedText_IsAReportAndNothingIsLaunched()
    {
        FakeCudaDriver driver = new() { LogOfErrors = "ptxas fatal: Unknown target" };
        driver.Results["cuModuleLoadDataEx"] = 1;
        Assert.EndsWith("ptxas fatal: Unknown target", Run(driver).Problem, StringComparison.Ordinal);
        Assert.Single(driver.Calls);
    }

    [Fact]
    public void Launch_Refused_NamesTheCall()
    {
        FakeCudaDriver driver = new();
        driver.Results["cuLaunchKernel"] = 1;
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => Run(driver));
        Assert.StartsWith("The CUDA driver refused cuLaunchKernel:", refused.Message, StringComparison.Ordinal);
        Assert.Empty(driver.Live);
    }

    /// <summary>The names in the text are those that the program is asked for by.</summary>
    [Fact]
    public void Text_OfTheProbe_DeclaresEntryTargetAndOneParameter()
    {
        string text = GpuHandWritten.TextOf("Sm90Probe");
        Assert.Contains(".visible .entry stunet_sm90_probe(.param .align 8 .b8 arguments[16])", text, StringComparison.Ordinal);
        Assert.Contains("wgmma.fence.sync.aligned;", text, StringComparison.Ordinal);
    }

    private static unsafe GpuKernelReport Run(FakeCudaDriver driver)
    {
        using CpuDevice device = new(1);
        return GpuSm90Probe.Run(device, new GpuCudaCalls(driver), stream: 7, memory => (nint)((CpuMemory)memory).Pointer);
    }
}
