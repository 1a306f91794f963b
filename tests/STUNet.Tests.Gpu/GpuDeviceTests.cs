using System.Diagnostics;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

public sealed class GpuDeviceTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(3, 5)]
    [InlineData(64, 1 << 20)]
    [InlineData(1, GpuStaging.PieceBytes)]
    [InlineData(2, (2 * GpuStaging.PieceBytes) + 1)]
    [InlineData(0, (5 * GpuStaging.PieceBytes) - 3)]
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

    /// <summary>Uploads return before the device has the bytes: a source that is overwritten at once must not matter.</summary>
    [Fact]
    public void Upload_SourceOverwrittenAfterwards_KeepsTheBytesOfTheCall()
    {
        GpuDevice device = OpenCl.Device;
        byte[] source = new byte[(3 * GpuStaging.PieceBytes) + 5];
        using DeviceMemory memory = device.Allocate(2L * source.Length);
        for (int round = 0; round < 2; round++)
        {
            source.AsSpan().Fill((byte)(round + 1));
            device.Upload(source, memory, (long)round * source.Length);
            source.AsSpan().Clear();
        }

        byte[] found = new byte[2 * source.Length];
        device.Download(memory, 0, found);
        Assert.False(found.AsSpan(0, source.Length).ContainsAnyExcept((byte)1));
        Assert.False(found.AsSpan(source.Length).ContainsAnyExcept((byte)2));
    }

    [Fact]
    public void Transfers_OfSeveralThreads_DoNotMix()
    {
        GpuDevice device = OpenCl.Device;
        Parallel.For(1, 9, new ParallelOptions { MaxDegreeOfParallelism = 4 }, value =>
        {
            byte[] sent = [.. Enumerable.Repeat((byte)value, GpuStaging.PieceBytes + value)];
            using DeviceMemory memory = device.Allocate(sent.Length);
            device.Upload(sent, memory, 0);
            byte[] found = new byte[sent.Length];
            device.Download(memory, 0, found);
            Assert.Equal(sent, found);
        });
    }

    [Fact]
    public void Allocate_MoreThanTheDeviceHas_SaysWhatIsNeededAndWhatThereIs()
    {
        GpuDevice device = OpenCl.Device;
        long total = device.Room!.Value.TotalBytes;
        InsufficientResourcesException refused = Assert.Throws<InsufficientResourcesException>(() => device.Allocate(2 * total));
        Assert.Contains($"{ByteCount.Describe(2 * total)} are needed", refused.Message, StringComparison.Ordinal);
        Assert.Contains($" of {ByteCount.Describe(total)} are free", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--device cpu", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Room_AfterAllocatingAndReleasing_CountsWhatIsTaken()
    {
        using GpuDevice device = GpuDevice.Open(GpuDevice.OpenCL, OpenCl.Device.Info.Index);
        long before = device.Room!.Value.FreeBytes;
        using (DeviceMemory memory = device.Allocate(1 << 20))
        {
            Assert.Equal(before - (1 << 20), device.Room!.Value.FreeBytes);
            memory.Dispose();
        }

        Assert.Equal(before, device.Room!.Value.FreeBytes);
    }

    [Fact]
    public void StepTimer_OfOpenCl_MeasuresEventsOfTheDevice()
    {
        GpuDevice device = OpenCl.Device;
        using DeviceMemory memory = device.Allocate(64 << 20);
        using StepTimer timer = device.CreateStepTimer(2);
        double[] milliseconds = new double[2];
        for (int run = 0; run < 2; run++)
        {
            timer.Start(0);
            device.Fill(memory, 0, memory.ByteLength, 1);
            timer.Stop(0);
            timer.Start(1);
            timer.Stop(1);
            timer.Read(milliseconds);
        }

        Assert.Equal("OpenCL events", timer.Clock);
        Assert.True(milliseconds[0] > milliseconds[1], $"filling 64 MiB took {milliseconds[0]} ms, nothing {milliseconds[1]} ms");
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
    [InlineData("/nonexistent/libOpenCL.so.1", null, "no OpenCL driver was found (libOpenCL.so.1)")]
    [InlineData(null, "/nonexistent/vendors", "the OpenCL loader has no device")]
    public void Open_WithoutOpenClDriver_NamesThePackage(string? library, string? vendors, string reason)
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
            $"Device 'opencl' cannot be used: {reason}; install the driver of the GPU, or the package pocl-opencl-icd to compute on the processor, or use --device cpu.",
            output.Trim());
    }

    [Fact]
    public void Open_WithoutCudaDriver_NamesTheDriver()
    {
        (GpuDevice? device, string absent) = OpenCl.TryOpen(GpuDevice.Cuda);
        using (device)
        {
            Assert.SkipWhen(device is not null, "this machine has a CUDA device");
            Assert.Equal($"Device 'cuda' cannot be used: {GpuCudaStatus.Problem()}, or use --device cpu.", absent);
        }
    }
}
