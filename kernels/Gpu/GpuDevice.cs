using System.Collections.Immutable;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using STUNet.Core;
using Device = STUNet.Core.Device;

namespace STUNet.Kernels;

/// <summary>
/// A GPU behind ILGPU, by OpenCL or CUDA: one in-order stream is the queue, and every op has kernels for float32, and those of networks for 16 bits. The same kernel bodies run on
/// both. PoCL, an OpenCL driver that computes on the processor, runs them where no GPU is.
/// </summary>
public sealed class GpuDevice : Device
{
    /// <summary>The API name of OpenCL devices, for <see cref="Open"/>.</summary>
    public const string OpenCL = "opencl";

    /// <summary>The API name of CUDA devices, for <see cref="Open"/>.</summary>
    public const string Cuda = "cuda";

    private const int MaxMemAllocSize = 0x1010; // CL_DEVICE_MAX_MEM_ALLOC_SIZE

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly AcceleratorStream _queue;
    private readonly GpuCudaCaptureTarget? _capture;
    private readonly GpuStaging _uploads;
    private readonly GpuStaging _downloads;
    private readonly long _largestBlockBytes;
    private DeviceCaps _caps;
    private long _takenBytes;

    private GpuDevice(GpuDeviceInfo info, Context context, Accelerator accelerator)
    {
        _context = context;
        _accelerator = accelerator;
        Info = info;
        _queue = accelerator.CreateStream();
        _capture = _queue is CudaStream queue ? new GpuCudaCaptureTarget(accelerator, queue, Queue) : null;
        Loader = new GpuKernelLoader(accelerator, (int)Math.Min(info.SharedMemoryBytes, int.MaxValue));
        _uploads = new GpuStaging(this);
        _downloads = new GpuStaging(this);
        _largestBlockBytes = accelerator.Device is CLDevice device ? device.GetDeviceInfo<long>((CLDeviceInfoType)MaxMemAllocSize) : long.MaxValue;
        // 8 elements of 16 bits are one 16-byte load.
        _caps = new DeviceCaps($"{info.Api} ({info.Name})", SimdLevel.Portable, ChannelAlignment: 8) { HasGroupMemory = info.IsGpu && info.SharedMemoryBytes >= GpuBlock.SharedBytes };
    }

    /// <summary>What the driver tells about it.</summary>
    public GpuDeviceInfo Info { get; }

    /// <inheritdoc/>
    public override DeviceCaps Caps => _caps;

    /// <summary>
    /// The driver's own count under CUDA. OpenCL does not tell what is free: there it is what this device object has not given away, and other
    /// programs are not seen.
    /// </summary>
    public override DeviceRoom? Room => new DeviceRoom(
        Info.MemoryBytes,
        _accelerator is CudaAccelerator cuda ? cuda.GetFreeMemory() : Math.Max(0, Info.MemoryBytes - Interlocked.Read(ref _takenBytes)),
        _largestBlockBytes);

    /// <summary>The fastest tiles by measurement, which plans take; null for those of the prediction.</summary>
    public GpuTileTuning? Tuning { get; set; }

    /// <summary>What earlier runs translated for CUDA; null, and every run translates its kernels anew. OpenCL has no use for it.</summary>
    public GpuKernelCache? KernelCache
    {
        get => Loader.Cache;
        set => Loader.Cache = value;
    }

    /// <summary>Where work is enqueued, under <see cref="Queue"/>: the queue, or while steps are recorded for a graph, the stream that records.</summary>
    internal AcceleratorStream Stream => _capture?.Current ?? _queue;

    /// <summary>Held while something is enqueued: launching sets a kernel's arguments, then enqueues it, which two threads must not interleave.</summary>
    internal Lock Queue { get; } = new();

    /// <summary>Compiles kernels for this device.</summary>
    internal GpuKernelLoader Loader { get; }

    /// <summary>Opens a device of an API.</summary>
    /// <param name="api"><see cref="OpenCL"/> or <see cref="Cuda"/>.</param>
    /// <param name="index">Its position as the driver counts; null for the first that can be used, where a GPU comes before a processor.</param>
    /// <exception cref="InvalidRequestException">The API is unknown.</exception>
    /// <exception cref="InsufficientResourcesException">There is no such device, the kernels cannot run on it, or its driver failed.</exception>
    public static GpuDevice Open(string api, int? index = null)
    {
        ImmutableArray<ILGPU.Runtime.Device> native = GpuDevices.Native(api);
        GpuDeviceInfo info = GpuSelection.Require(GpuDevices.List(api, native), index);
        Context? context = null;
        Accelerator? accelerator = null;
        try
        {
            context = GpuKernelLoader.CreateContext();
            accelerator = native[info.Index].CreateAccelerator(context);
            return new GpuDevice(info, context, accelerator);
        }
        catch (Exception cause)
        {
            accelerator?.Dispose();
            context?.Dispose();
            throw new InsufficientResourcesException(
                $"Device '{info.Id}' ({info.Name}) cannot be used: its driver reports '{cause.Message}'; update the driver, or use --device cpu.", cause);
        }
    }

    /// <summary>Has the device take every kernel that a GPU would, so that a processor behind OpenCL can prove them.</summary>
    internal void ActAsGpu() => _caps = _caps with { HasGroupMemory = true };

    /// <summary>Opens the best GPU that there is.</summary>
    /// <param name="refused">Told why anything else was not taken, one sentence without its full stop at a time.</param>
    /// <returns>Null where there is none.</returns>
    public static GpuDevice? OpenBest(Action<string> refused)
    {
        foreach (GpuDeviceInfo candidate in GpuSelection.Candidates(GpuDevices.FindAll(), refused))
        {
            try
            {
                return Open(candidate.Api, candidate.Index);
            }
            catch (InsufficientResourcesException failure)
            {
                refused(failure.Message.TrimEnd('.'));
            }
        }

        return null;
    }

    /// <summary>Compiles every kernel there is, so that a driver that refuses one is found out at once.</summary>
    /// <param name="part">Of the bodies only those whose name contains it.</param>
    /// <returns>How each came out, one at a time.</returns>
    /// <exception cref="InvalidRequestException">One could not be compiled.</exception>
    public IEnumerable<GpuKernelReport> CompileAll(string part = "") =>
        GpuKernelTable.Bodies.Where(body => GpuKernelLoader.NameOf(body).Contains(part, StringComparison.OrdinalIgnoreCase)).Select(Loader.Report);

    /// <summary>
    /// Compiles every kernel apart from those in use, one at a time; under CUDA with the log of the driver's compiler, and a refusal is a report like any other. On an H100 or H200 a
    /// hand-written program of sm_90a is loaded and run at last.
    /// </summary>
    public IEnumerable<GpuKernelReport> ExamineAll()
    {
        foreach (MethodInfo body in GpuKernelTable.Bodies)
            yield return Loader.Examine(body);
        if (_queue is not CudaStream stream || Info.ComputeCapability != GpuHandWritten.Capability)
            yield break;
        _accelerator.Bind();
        yield return GpuSm90Probe.Run(this, GpuCudaCalls.Driver, stream.StreamPtr, memory => ((GpuMemory)memory).NativeAddress);
    }

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long byteLength)
    {
        if (Room is { } room && byteLength > Math.Min(room.FreeBytes, room.LargestBlockBytes))
            throw Refused(byteLength, null);
        try
        {
            GpuMemory memory = new(_accelerator.Allocate1D<byte>(Math.Max(byteLength, 1)), byteLength, bytes => Interlocked.Add(ref _takenBytes, -bytes));
            Interlocked.Add(ref _takenBytes, byteLength);
            return memory;
        }
        catch (Exception cause) when (cause is CLException or CudaException or OutOfMemoryException)
        {
            throw Refused(byteLength, cause);
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset)
    {
        ArrayView<byte> view = ((GpuMemory)target).View<byte>(byteOffset, source.Length);
        _uploads.Upload(source, view);
    }

    /// <inheritdoc/>
    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target)
    {
        ArrayView<byte> view = ((GpuMemory)source).View<byte>(byteOffset, target.Length);
        _downloads.Download(view, target);
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
    public override IKernel Tuned(IKernel predicted, IReadOnlyList<IKernel> candidates, Op op, TensorDesc[] operands, string problem) =>
        Tuning?.Choose(this, predicted, candidates, op, operands, problem) ?? predicted;

    /// <inheritdoc/>
    public override void Synchronize() => _queue.Synchronize();

    /// <inheritdoc/>
    public override StepRunner CreateRunner(IReadOnlyList<Step> steps) =>
        _capture is null ? base.CreateRunner(steps) : new GpuCudaGraphRunner(GpuCudaCalls.Driver, _capture, steps, GpuCudaGraphSwitch.Refusal);

    /// <inheritdoc/>
    public override StepTimer CreateStepTimer(int steps) => _queue is CudaStream stream
        ? new GpuCudaStepTimer(GpuCudaCalls.Driver, stream.StreamPtr, steps, _accelerator.Bind)
        : new GpuMarkerStepTimer(this, steps);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _uploads.Dispose();
        _downloads.Dispose();
        _capture?.Dispose();
        _queue.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    /// <summary>Host memory that the device can copy from and to while the host goes on.</summary>
    internal PageLockedArray1D<byte> AllocatePageLocked(int byteLength)
    {
        try
        {
            return _accelerator.AllocatePageLocked1D<byte>(byteLength, uninitialized: true);
        }
        catch (Exception cause) when (cause is CudaException or OutOfMemoryException)
        {
            throw new InsufficientResourcesException(
                $"{Caps.Name}: the system refused {ByteCount.Describe(byteLength)} of page-locked memory; close other programs, or use --device cpu.", cause);
        }
    }

    private InsufficientResourcesException Refused(long byteLength, Exception? cause)
    {
        DeviceRoom room = Room!.Value;
        string most = room.LargestBlockBytes < room.FreeBytes ? $", at most {ByteCount.Describe(room.LargestBlockBytes)} in one block" : "";
        return new InsufficientResourcesException(
            $"{Caps.Name} has too little memory: {ByteCount.Describe(byteLength)} are needed, and {ByteCount.Describe(room.FreeBytes)} of {ByteCount.Describe(room.TotalBytes)} are free{most}; "
            + "use a smaller patch or model, or --device cpu.",
            cause);
    }
}
