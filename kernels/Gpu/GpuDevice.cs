using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using STUNet.Core;
using Device = STUNet.Core.Device;

namespace STUNet.Kernels;

/// <summary>
/// A GPU behind ILGPU, by OpenCL or CUDA: one in-order stream is the queue, and every op has one plain float32 kernel. The same kernel bodies run on
/// both. PoCL, an OpenCL driver that computes on the processor, runs them where no GPU is.
/// </summary>
public sealed class GpuDevice : Device
{
    /// <summary>The API name of OpenCL devices, for <see cref="Open"/>.</summary>
    public const string OpenCL = "opencl";

    /// <summary>The API name of CUDA devices, for <see cref="Open"/>.</summary>
    public const string Cuda = "cuda";

    private readonly Context _context;
    private readonly Accelerator _accelerator;

    private GpuDevice(string api, Context context, Accelerator accelerator)
    {
        _context = context;
        _accelerator = accelerator;
        Stream = accelerator.CreateStream();
        Loader = new GpuKernelLoader(accelerator);
        // 8 elements of 16 bits are one 16-byte load.
        Caps = new DeviceCaps($"{api} ({accelerator.Name.Trim()})", SimdLevel.Portable, ChannelAlignment: 8);
    }

    /// <inheritdoc/>
    public override DeviceCaps Caps { get; }

    /// <summary>The queue.</summary>
    internal AcceleratorStream Stream { get; }

    /// <summary>Held while something is enqueued: launching sets a kernel's arguments, then enqueues it, which two threads must not interleave.</summary>
    internal Lock Queue { get; } = new();

    /// <summary>Compiles kernels for this device.</summary>
    internal GpuKernelLoader Loader { get; }

    /// <summary>Opens the first device of an API; an OpenCL GPU is preferred to an OpenCL processor.</summary>
    /// <param name="api"><see cref="OpenCL"/> or <see cref="Cuda"/>.</param>
    /// <exception cref="InvalidRequestException">The API is unknown.</exception>
    /// <exception cref="InsufficientResourcesException">No device of the API was found, or its driver failed.</exception>
    public static GpuDevice Open(string api)
    {
        GpuDrivers.Install();
        return api switch
        {
            OpenCL => Create(
                api, builder => builder.OpenCL(GpuDrivers.Accept), AcceleratorType.OpenCL,
                "no OpenCL device was found; install the driver of the GPU, or the package pocl-opencl-icd to compute on the processor"),
            Cuda => Create(
                api, builder => builder.Cuda(), AcceleratorType.Cuda,
                "no CUDA device was found; install the NVIDIA driver (libcuda.so.1), or use another device"),
            _ => throw new InvalidRequestException($"Device '{api}' is unknown; use {OpenCL} or {Cuda}."),
        };
    }

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long byteLength)
    {
        try
        {
            return new GpuMemory(_accelerator.Allocate1D<byte>(Math.Max(byteLength, 1)), byteLength);
        }
        catch (Exception cause) when (cause is CLException or CudaException or OutOfMemoryException)
        {
            throw new InsufficientResourcesException(
                $"{Caps.Name} refused {byteLength / 1048576.0:F0} MiB of memory; use a smaller model or patch, or --device cpu.", cause);
        }
    }

    /// <inheritdoc/>
    public override unsafe void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset)
    {
        if (source.IsEmpty)
            return;
        ArrayView<byte> view = ((GpuMemory)target).View<byte>(byteOffset, source.Length);
        fixed (byte* first = source)
        {
            lock (Queue)
                view.CopyFromCPUUnsafeAsync(Stream, ref *first, source.Length);
            Synchronize();
        }
    }

    /// <inheritdoc/>
    public override unsafe void Download(DeviceMemory source, long byteOffset, Span<byte> target)
    {
        if (target.IsEmpty)
            return;
        ArrayView<byte> view = ((GpuMemory)source).View<byte>(byteOffset, target.Length);
        fixed (byte* first = target)
        {
            lock (Queue)
                view.CopyToCPUUnsafeAsync(Stream, ref *first, target.Length);
            Synchronize();
        }
    }

    /// <inheritdoc/>
    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value)
    {
        if (byteLength == 0)
            return;
        ArrayView<byte> view = ((GpuMemory)target).View<byte>(byteOffset, byteLength);
        lock (Queue)
            view.MemSet(Stream, value);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> KernelsFor(Op op) => GpuKernelTable.KernelsOf(op.GetType());

    /// <inheritdoc/>
    public override void Synchronize() => Stream.Synchronize();

    /// <inheritdoc/>
    public override void Dispose()
    {
        Stream.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    private static GpuDevice Create(string api, Action<Context.Builder> register, AcceleratorType type, string absent)
    {
        Context? context = null;
        try
        {
            context = Context.Create(builder =>
            {
                register(builder);
                GpuKernelLoader.Configure(builder);
            });
            GpuTensorCoreIntrinsics.Register(context);
            ILGPU.Runtime.Device device = context.Devices.Where(found => found.AcceleratorType == type)
                .OrderBy(found => found is CLDevice { DeviceType: not CLDeviceType.CL_DEVICE_TYPE_GPU }).FirstOrDefault()
                ?? throw new InsufficientResourcesException($"Device '{api}' cannot be used: {absent}.");
            return new GpuDevice(api, context, device.CreateAccelerator(context));
        }
        catch (Exception cause)
        {
            context?.Dispose();
            if (cause is StuNetException)
                throw;
            throw new InsufficientResourcesException($"Device '{api}' cannot be used: its driver reports '{cause.Message}'; update the driver, or use another device.", cause);
        }
    }
}
