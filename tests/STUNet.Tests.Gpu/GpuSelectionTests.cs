using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

public sealed class GpuSelectionTests
{
    private static readonly GpuDeviceInfo Old = new(GpuDevice.Cuda, 0, "Tesla V100") { IsGpu = true, Problem = "its compute capability is 7.0, and the kernels need 8.0 or later" };
    private static readonly GpuDeviceInfo New = new(GpuDevice.Cuda, 1, "H100") { IsGpu = true };
    private static readonly GpuDeviceInfo Processor = new(GpuDevice.OpenCL, 0, "pthread");
    private static readonly GpuDeviceInfo Graphics = new(GpuDevice.OpenCL, 1, "Arc") { IsGpu = true };
    private static readonly GpuDeviceList NoCuda = new(GpuDevice.Cuda, [], "no CUDA driver was found (libcuda.so.1); install the NVIDIA driver");

    [Fact]
    public void Require_WithoutIndex_IsTheFirstThatCanBeUsedAndAGpuIfThereIsOne()
    {
        Assert.Same(New, GpuSelection.Require(Cuda(Old, New), null));
        Assert.Same(Graphics, GpuSelection.Require(OpenCl(Processor, Graphics), null));
        Assert.Same(Processor, GpuSelection.Require(OpenCl(Processor), null));
    }

    [Fact]
    public void Require_Index_IsThatDevice()
    {
        Assert.Same(New, GpuSelection.Require(Cuda(Old, New), 1));
        Assert.Same(Processor, GpuSelection.Require(OpenCl(Processor, Graphics), 0));
    }

    [Fact]
    public void Require_NoSuchIndex_SaysWhichThereAre()
    {
        Assert.Equal("Device 'cuda:2' does not exist; there are cuda:0 (Tesla V100) and cuda:1 (H100).", Refused(Cuda(Old, New), 2));
        Assert.Equal("Device 'opencl:1' does not exist; there is opencl:0 (pthread).", Refused(OpenCl(Processor), 1));
    }

    [Fact]
    public void Require_Unusable_SaysWhy()
    {
        const string Expected = "Device 'cuda:0' (Tesla V100) cannot be used: its compute capability is 7.0, and the kernels need 8.0 or later; use another device, or --device cpu.";
        Assert.Equal(Expected, Refused(Cuda(Old, New), 0));
        Assert.Equal(Expected, Refused(Cuda(Old), null));
    }

    [Fact]
    public void Require_NoDriver_NamesTheRemedy() => Assert.Equal(
        "Device 'cuda' cannot be used: no CUDA driver was found (libcuda.so.1); install the NVIDIA driver, or use --device cpu.", Refused(NoCuda, 3));

    [Fact]
    public void Candidates_OfAll_AreUsableGpusAndNeverAProcessor()
    {
        List<string> refused = [];
        Assert.Equal([New, Graphics], GpuSelection.Candidates([Cuda(Old, New), OpenCl(Processor, Graphics)], refused.Add));
        Assert.Equal(["cuda:0 (Tesla V100): its compute capability is 7.0, and the kernels need 8.0 or later", "opencl:0 (pthread): it is no GPU"], refused);
    }

    [Fact]
    public void Candidates_ProcessorOnly_AreNoneWithAReasonEach()
    {
        List<string> refused = [];
        Assert.Empty(GpuSelection.Candidates([NoCuda, OpenCl(Processor)], refused.Add));
        Assert.Equal(["cuda: no CUDA driver was found (libcuda.so.1); install the NVIDIA driver", "opencl:0 (pthread): it is no GPU"], refused);
    }

    [Theory]
    [InlineData(128, "its groups have at most 128 threads, and the kernels need 256")]
    [InlineData(256, null)]
    public void OpenClProblem_OfDevice_FollowsItsGroups(int groupSize, string? problem) => Assert.Equal(problem, GpuDevices.OpenClProblem(groupSize));

    [Fact]
    public void Find_OpenCl_DescribesWhatTheDriverSays()
    {
        GpuDevice opened = STUNet.Tests.OpenCl.Device;
        GpuDeviceInfo info = GpuDevices.Find(GpuDevice.OpenCL).Devices[opened.Info.Index];
        Assert.Equal(opened.Info, info);
        Assert.Equal($"opencl:{info.Index}", info.Id);
        Assert.True(info is { MemoryBytes: > 0, SharedMemoryBytes: > 0, Multiprocessors: > 0, Problem: null, ComputeCapability: null });
        Assert.StartsWith("OpenCL ", info.Driver, StringComparison.Ordinal);
    }

    private static GpuDeviceList Cuda(params GpuDeviceInfo[] devices) => new(GpuDevice.Cuda, devices, "");

    private static GpuDeviceList OpenCl(params GpuDeviceInfo[] devices) => new(GpuDevice.OpenCL, devices, "");

    private static string Refused(GpuDeviceList list, int? index) => Assert.Throws<InsufficientResourcesException>(() => GpuSelection.Require(list, index)).Message;
}
