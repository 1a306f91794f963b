using STUNet.Core;

namespace STUNet.Tests.Inference;

/// <summary>
/// Memory like a GPU's, as far as the pipeline knows, of which one allocation is refused and every other one is watched. Kernels run on a CPU device.
/// </summary>
internal sealed unsafe class RefusingDevice : Device
{
    private readonly CpuDevice _cpu = new(1);
    private readonly List<CpuMemory> _given = [];

    /// <summary>Allocations until one is refused; 0 or less for none.</summary>
    public int RefusedIn { get; set; }

    /// <summary>Whether uploads fail.</summary>
    public bool RefusesUploads { get; set; }

    /// <summary>Blocks that nobody has released.</summary>
    public int Live => _given.Count(memory => memory.Pointer != null);

    /// <summary>Bytes of the blocks that nobody has released.</summary>
    public long LiveBytes => _given.Where(memory => memory.Pointer != null).Sum(memory => memory.ByteLength);

    /// <summary>Blocks that nobody had released at the latest wait for the queue.</summary>
    public int LiveAtLastWait { get; private set; }

    /// <summary>The memory that the device says it has; null where it does not say.</summary>
    public DeviceRoom? Memory { get; set; }

    /// <summary>Blocks that were asked for.</summary>
    public int Allocations { get; private set; }

    public override DeviceCaps Caps => _cpu.Caps;

    public override DeviceRoom? Room => Memory;

    public override DeviceMemory Allocate(long byteLength)
    {
        Allocations++;
        if (RefusedIn-- == 1)
            throw new InsufficientResourcesException("Refused.");
        CpuMemory memory = new(byteLength);
        _given.Add(memory);
        return memory;
    }

    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset)
    {
        if (RefusesUploads)
            throw new InsufficientResourcesException("Not uploaded.");
        _cpu.Upload(source, target, byteOffset);
    }

    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target) => _cpu.Download(source, byteOffset, target);

    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value) => _cpu.Fill(target, byteOffset, byteLength, value);

    public override IReadOnlyList<IKernel> KernelsFor(Op op) => KernelOnCpu.Of(op, _cpu);

    public override void Synchronize() => LiveAtLastWait = Live;

    public override void Dispose() => _cpu.Dispose();
}
