using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu.Cuda;

/// <summary>What we say to the CUDA driver, and what we make of its answers; no GPU is needed.</summary>
public sealed class CudaDriverTests
{
    [Fact]
    public void Problem_LibraryAbsent_NamesItAndTheRemedy()
    {
        string? problem = GpuCudaStatus.Problem(new FakeCudaDriver { Absence = new DllNotFoundException() });
        Assert.Equal($"no CUDA driver was found ({(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1")}); install the NVIDIA driver", problem);
    }

    [Fact]
    public void Problem_FunctionAbsent_AsksForANewerDriver() =>
        Assert.Equal("the CUDA driver is too old; update the NVIDIA driver", GpuCudaStatus.Problem(new FakeCudaDriver { Absence = new EntryPointNotFoundException() }));

    [Fact]
    public void Problem_DriverDoesNotStart_QuotesIt()
    {
        FakeCudaDriver driver = new();
        driver.Results["cuInit"] = 803;
        Assert.Equal(
            "the CUDA driver does not start (CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, system has unsupported display driver / cuda driver combination, code 803); update the NVIDIA driver",
            GpuCudaStatus.Problem(driver));
        driver.Results["cuInit"] = 12345;
        Assert.Equal("the CUDA driver does not start (code 12345); update the NVIDIA driver", GpuCudaStatus.Problem(driver));
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(0, 0)]
    public void Problem_NoGpu_SaysSo(int result, int devices)
    {
        FakeCudaDriver driver = new() { Devices = devices };
        driver.Results["cuInit"] = result;
        Assert.Contains("found no GPU", GpuCudaStatus.Problem(driver));
    }

    [Fact]
    public void Problem_WorkingDriver_IsNone()
    {
        FakeCudaDriver driver = new();
        Assert.Null(GpuCudaStatus.Problem(driver));
        Assert.Equal(["cuInit(0)", "cuDeviceGetCount()"], driver.Calls);
    }

    [Theory]
    [InlineData(7, 5, true, "its compute capability is 7.5, and the kernels need 8.0 or later")]
    [InlineData(9, 0, false, "its driver (CUDA 11.0) is too old for compute capability 9.0; update the NVIDIA driver, to one of CUDA 11.5 at least")]
    [InlineData(8, 0, true, null)]
    [InlineData(12, 1, true, null)]
    public void CudaProblem_OfDevice_FollowsCapabilityAndDriver(int major, int minor, bool hasInstructionSet, string? problem) =>
        Assert.Equal(problem, GpuDevices.CudaProblem(major, minor, hasInstructionSet, "CUDA 11.0"));

    [Fact]
    public void Calls_Refused_NameCallAndReason()
    {
        FakeCudaDriver driver = new();
        driver.Results["cuFuncSetAttribute"] = 1;
        driver.Results["cuEventRecord"] = 2;
        GpuCudaCalls calls = new(driver);
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => calls.SetFunctionAttribute(5, 8, 1 << 20));
        Assert.Equal(
            "The CUDA driver refused cuFuncSetAttribute: CUDA_ERROR_INVALID_VALUE, invalid argument, code 1; update the NVIDIA driver, or use --device cpu.", refused.Message);
        InsufficientResourcesException exhausted = Assert.Throws<InsufficientResourcesException>(() => calls.RecordEvent(1, 2));
        Assert.Contains("CUDA_ERROR_OUT_OF_MEMORY", exhausted.Message, StringComparison.Ordinal);
    }

    /// <summary>The numbers of cuda.h's CUfunction_attribute: SHARED_SIZE_BYTES 1, LOCAL_SIZE_BYTES 3, NUM_REGS 4, MAX_DYNAMIC_SHARED_SIZE_BYTES 8.</summary>
    [Fact]
    public void Function_Attributes_AreThoseOfTheHeader()
    {
        FakeCudaDriver driver = new();
        (driver.Attributes[1], driver.Attributes[3], driver.Attributes[4]) = (1024, 16, 168);
        GpuCudaFunction function = new(new GpuCudaCalls(driver), 77);
        Assert.Equal((1024, 16, 168), (function.SharedBytes, function.SpilledBytes, function.Registers));
        driver.Calls.Clear();
        function.AllowSharedMemory(227 * 1024);
        // What the kernel declares counts against the group's memory: 227 KiB - 1 KiB.
        Assert.Equal(["cuFuncGetAttribute(1, 77)", "cuFuncSetAttribute(77, 8, 231424)"], driver.Calls);
    }

    [Fact]
    public void Examination_LoadedKernel_TellsLogRegistersAndSpillsAndUnloads()
    {
        FakeCudaDriver driver = new() { Log = "ptxas info : Used 168 registers" };
        (driver.Attributes[1], driver.Attributes[3], driver.Attributes[4]) = (1024, 16, 168);
        GpuKernelReport report = GpuCudaExamination.Run(new GpuCudaCalls(driver), "Body.Run", ".version 8.0", "Kernel_Run");
        Assert.Equal(("Body.Run", 168, 16, 1024), (report.Name, report.Registers, report.SpilledBytes, report.SharedBytes));
        Assert.Equal("ptxas info : Used 168 registers", report.Log);
        Assert.Null(report.Problem);
        Assert.Equal(["cuModuleLoadDataEx(.version 8.0, True)", "cuModuleGetFunction(100, Kernel_Run)"], driver.Calls[..2]);
        Assert.Equal("cuModuleUnload(100)", driver.Calls[^1]);
        Assert.Empty(driver.Live);
    }

    [Fact]
    public void Examination_RefusedKernel_IsAReportWithTheCompilersReason()
    {
        FakeCudaDriver driver = new() { LogOfErrors = "ptxas application ptx input, line 7; fatal : syntax error" };
        driver.Results["cuModuleLoadDataEx"] = 1;
        GpuKernelReport report = GpuCudaExamination.Run(new GpuCudaCalls(driver), "Body.Run", "bad", "Kernel_Run");
        Assert.Equal("CUDA_ERROR_INVALID_VALUE, invalid argument, code 1: ptxas application ptx input, line 7; fatal : syntax error", report.Problem);
        Assert.Null(report.Registers);
        Assert.Single(driver.Calls);
    }

    [Fact]
    public void StepTimer_TwoSteps_RecordsAroundEachAndWaitsOnce()
    {
        FakeCudaDriver driver = new();
        int bound = 0;
        double[] milliseconds = [10, 20];
        using (GpuCudaStepTimer timer = new(new GpuCudaCalls(driver), 9, steps: 2, () => bound++))
        {
            driver.Calls.Clear();
            foreach (int step in (int[])[0, 1])
            {
                timer.Start(step);
                timer.Stop(step);
            }

            Assert.Equal(["cuEventRecord(100, 9)", "cuEventRecord(101, 9)", "cuEventRecord(102, 9)", "cuEventRecord(103, 9)"], driver.Calls);
            driver.Calls.Clear();
            timer.Read(milliseconds);
            Assert.Equal(["cuEventSynchronize(103)", "cuEventElapsedTime(100, 101)", "cuEventElapsedTime(102, 103)"], driver.Calls);
            Assert.Equal([1, 1], milliseconds);
            Assert.Equal("CUDA events", timer.Clock);
        }

        Assert.Empty(driver.Live);
        Assert.True(bound > 0);
    }

    [Fact]
    public void StepTimer_EventRefused_DestroysTheOthers()
    {
        FakeCudaDriver driver = new() { EventsUntilRefused = 3 };
        Assert.Throws<InsufficientResourcesException>(() => new GpuCudaStepTimer(new GpuCudaCalls(driver), 9, steps: 2, () => { }));
        Assert.Empty(driver.Live);
        Assert.Equal(2, driver.Calls.Count(call => call.StartsWith("cuEventDestroy", StringComparison.Ordinal)));
    }
}
