using STUNet.Cli;

namespace STUNet.Tests.Cli;

public sealed class DeviceOptionTests
{
    private static readonly string[] Bench = ["bench", "--size", "S", "--classes", "3", "--patch", "32x32x32", "--runs", "1"];

    [Theory]
    [InlineData("auto", "auto", null)]
    [InlineData("CPU", "cpu", null)]
    [InlineData("cuda", "cuda", null)]
    [InlineData("cuda:0", "cuda", 0)]
    [InlineData("OpenCL:12", "opencl", 12)]
    public void TryParse_Device_GivesKindAndIndex(string text, string kind, int? index) => Assert.Equal(new DeviceChoice(kind, index), DeviceChoice.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("tpu")]
    [InlineData("cpu:0")]
    [InlineData("auto:1")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda:1:2")]
    [InlineData("cuda:99999999999")]
    public void TryParse_NoDevice_IsNull(string text) => Assert.Null(DeviceChoice.TryParse(text));

    [Fact]
    public void Device_NoSuchIndex_FailsWithWhatThereIsAndNeverFallsBack()
    {
        string present = OpenCl.Device.Info.Name;
        CliRun.Of([.. Bench, "--device", "opencl:99"]).FailedWith(ExitCode.Resources, "opencl:99", "does not exist", present);
    }

    [Fact]
    public void Device_CudaWithoutDriver_FailsWithTheRemedy()
    {
        Assert.SkipWhen(OpenCl.TryOpen(STUNet.Kernels.GpuDevice.Cuda).Device is not null, "this machine has a CUDA device");
        CliRun.Of([.. Bench, "--device", "cuda"]).FailedWith(ExitCode.Resources, "Device 'cuda' cannot be used", "--device cpu");
    }

    /// <summary>PoCL is an OpenCL device that is a processor: auto leaves it alone.</summary>
    [Fact]
    public void Device_AutoWithoutGpu_TakesTheCpuAndSaysWhyWithVerbose()
    {
        bool hasGpu = STUNet.Kernels.GpuSelection.Candidates(STUNet.Kernels.GpuDevices.FindAll(), _ => { }).Count > 0;
        Assert.SkipWhen(hasGpu, "this machine has a GPU");
        CliRun run = CliRun.Of([.. Bench, "--device", "auto", "--verbose", "--json"]).Succeeded();
        Assert.StartsWith("cpu ", run.Json.GetProperty("device").GetString()!, StringComparison.Ordinal);
        Assert.Contains(run.ErrorLines, line => line.StartsWith("--device auto: cuda: ", StringComparison.Ordinal));
        Assert.Contains(run.ErrorLines, line => line.StartsWith("--device auto: uses cpu ", StringComparison.Ordinal));
        Assert.DoesNotContain("--device auto", CliRun.Of([.. Bench, "--device", "auto"]).Succeeded().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_OpenCl_NamesTheClockOfItsSteps()
    {
        Assert.NotNull(OpenCl.Device);
        using CliFiles files = new();
        CliRun run = CliRun.Of("bench", "--model", files.Model(), "--runs", "1", "--device", "opencl", "--json").Succeeded();
        Assert.Equal("OpenCL events", run.Json.GetProperty("stepClock").GetString());
        Assert.Contains(run.Json.GetProperty("steps").EnumerateArray(), step => step.GetProperty("milliseconds").GetDouble() > 0);
        Assert.Equal("host clock", CliRun.Of([.. Bench, "--json"]).Succeeded().Json.GetProperty("stepClock").GetString());
    }
}
