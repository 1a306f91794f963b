using System.Diagnostics;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels.Gpu;

public sealed class GpuDeviceTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(3, 5)]
    [InlineData(64, 1 << 20)]
    public void Download_AfterUpload_GivesTheSameBytesAndTouchesNoOthers(int offset, int length)
    {
        const int Margin = 7;
        GpuDevice device = OpenCl.Device;
        using DeviceMemory memory = device.Allocate(offset + length + Margin);
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);
        device.Fill(memory, 0, memory.ByteLength, 0xA5);
        device.Upload(sent, memory, offset);
        byte[] found = new byte[memory.ByteLength];
        device.Download(memory, 0, found);
        byte[] expected = [.. Enumerable.Repeat((byte)0xA5, offset), .. sent, .. Enumerable.Repeat((byte)0xA5, Margin)];
        Assert.Equal(expected, found);
        byte[] part = new byte[length];
        device.Download(memory, offset, part);
        Assert.Equal(sent, part);
    }

    [Fact]
    public void Fill_PartOfABlock_SetsItsBytesOnly()
    {
        GpuDevice device = OpenCl.Device;
        using DeviceMemory memory = device.Allocate(16);
        device.Fill(memory, 0, 16, 1);
        device.Fill(memory, 5, 7, 255);
        device.Fill(memory, 3, 0, 9);
        byte[] found = new byte[16];
        device.Download(memory, 0, found);
        Assert.Equal([1, 1, 1, 1, 1, 255, 255, 255, 255, 255, 255, 255, 1, 1, 1, 1], found);
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(6, 4)]
    [InlineData(9, 1)]
    public void Upload_OutsideOfTheBlock_IsRefused(int offset, int length)
    {
        GpuDevice device = OpenCl.Device;
        using DeviceMemory memory = device.Allocate(8);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Upload(new byte[length], memory, offset));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Download(memory, offset, new byte[length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Fill(memory, offset, length, 0));
    }

    [Fact]
    public void Bind_TensorBeyond31Bits_IsRefusedWithTheLimit()
    {
        GpuDevice device = OpenCl.Device;
        using DeviceMemory memory = device.Allocate(64);
        TensorView huge = new(memory, 0, new TensorDesc(new Shape(1, 1024, 128, 128, 129)));
        IKernel kernel = device.KernelsFor(new LeakyReluOp(0.01f))[0];
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(
            () => kernel.Bind(new LeakyReluOp(0.01f), [huge, huge], new MemorySpan(memory, 0, 0), device));
        Assert.Contains("2^31", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Two threads enqueue steps of their own on one device: launching sets a kernel's arguments first, which must not mix.</summary>
    [Fact]
    public void Run_TwoThreadsOnOneDevice_EachGetsItsOwnResult()
    {
        GpuDevice device = OpenCl.Device;
        OpCase[] cases = [.. new AddCases().Cases.Where(@case => !@case.IsBenchmark).Take(4)];
        float[][] expected = [.. cases.Select(@case => KernelCheck.Compute(device, device.KernelsFor(@case.Op)[0], @case))];
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            OpCase @case = cases[i % cases.Length];
            Assert.Equal(expected[i % cases.Length], KernelCheck.Compute(device, device.KernelsFor(@case.Op)[0], @case));
        });
    }

    [Fact]
    public void Open_UnknownApi_NamesTheKnownOnes()
    {
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(() => GpuDevice.Open("metal"));
        Assert.Equal("Device 'metal' is unknown; use opencl or cuda.", error.Message);
    }

    /// <summary>In a process of its own, since a driver library is loaded once per process.</summary>
    [Theory]
    [InlineData("/nonexistent/libOpenCL.so.1", null)]
    [InlineData(null, "/nonexistent/vendors")]
    public void Open_WithoutOpenClDriver_NamesThePackage(string? library, string? vendors)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "STUNet.OpRunner.dll"), "open", GpuDevice.OpenCL]) { RedirectStandardOutput = true };
        if (library is not null)
            start.Environment["STUNET_OPENCL_LIBRARY"] = library;
        if (vendors is not null)
            start.Environment["OCL_ICD_VENDORS"] = vendors;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(
            "Device 'opencl' cannot be used: no OpenCL device was found; install the driver of the GPU, or the package pocl-opencl-icd to compute on the processor.",
            output.Trim());
    }

    [Fact]
    public void Open_WithoutCudaDriver_NamesTheDriver()
    {
        (GpuDevice? device, string absent) = OpenCl.TryOpen(GpuDevice.Cuda);
        using (device)
        {
            Assert.SkipWhen(device is not null, "this machine has a CUDA device");
            Assert.Equal("Device 'cuda' cannot be used: no CUDA device was found; install the NVIDIA driver (libcuda.so.1), or use another device.", absent);
        }
    }
}
