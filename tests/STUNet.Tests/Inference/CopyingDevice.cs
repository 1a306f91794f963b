using STUNet.Core;

namespace STUNet.Tests.Inference;

/// <summary>Lies in host memory, but the pipeline cannot know and must copy. Counts what is allocated on it.</summary>
internal sealed unsafe class CopyingDevice : Device
{
    private readonly CpuDevice _cpu = new(1);
    private readonly List<CpuMemory> _blocks = [];

    public int Downloads { get; private set; }

    public int Uploads { get; private set; }

    /// <summary>Bytes allocated and not yet disposed of.</summary>
    public long HeldBytes => _blocks.Where(block => block.Pointer is not null).Sum(block => block.ByteLength);

    /// <summary>The most that was held at any time.</summary>
    public long PeakBytes { get; private set; }

    public override DeviceCaps Caps => _cpu.Caps;

    public override DeviceMemory Allocate(long byteLength)
    {
        CpuMemory block = (CpuMemory)_cpu.Allocate(byteLength);
        _blocks.Add(block);
        PeakBytes = Math.Max(PeakBytes, HeldBytes);
        return block;
    }

    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset)
    {
        Uploads++;
        _cpu.Upload(source, target, byteOffset);
    }

    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target)
    {
        Downloads++;
        _cpu.Download(source, byteOffset, target);
    }

    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value) => _cpu.Fill(target, byteOffset, byteLength, value);

    public override IReadOnlyList<IKernel> KernelsFor(Op op) => KernelOnCpu.Of(op, _cpu);

    public override void Synchronize() => _cpu.Synchronize();

    public override void Dispose() => _cpu.Dispose();
}
