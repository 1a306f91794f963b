using System.Runtime.Intrinsics.X86;

namespace STUNet.Core;

/// <summary>The processor: kernels run inline on the caller's thread and on a <see cref="WorkerPool"/>.</summary>
public sealed unsafe class CpuDevice : Device
{
    /// <summary>Creates the device.</summary>
    /// <param name="workers">Threads, 0 for one per processor. Never changes a result.</param>
    /// <param name="highest">Upper bound of the vector instructions used, for tests and comparisons.</param>
    public CpuDevice(int workers = 0, SimdLevel highest = SimdLevel.Avx512)
    {
        Workers = new WorkerPool(workers);
        SimdLevel found = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.VL.IsSupported ? SimdLevel.Avx512
            : Avx2.IsSupported && Fma.IsSupported ? SimdLevel.Avx2
            : SimdLevel.Portable;
        SimdLevel simd = (SimdLevel)Math.Min((int)found, (int)highest);
        Caps = new DeviceCaps($"cpu ({simd})", simd, ChannelAlignment: 16);
    }

    /// <inheritdoc/>
    public override DeviceCaps Caps { get; }

    /// <summary>The threads kernels share.</summary>
    public WorkerPool Workers { get; }

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long byteLength) => new CpuMemory(byteLength);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset) =>
        source.CopyTo(BytesOf(target, byteOffset, source.Length));

    /// <inheritdoc/>
    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target) =>
        BytesOf(source, byteOffset, target.Length).CopyTo(target);

    /// <inheritdoc/>
    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value)
    {
        const int Piece = 1 << 20;
        Workers.Run(checked((int)((byteLength + Piece - 1) / Piece)), piece =>
        {
            long start = (long)piece * Piece;
            BytesOf(target, byteOffset + start, (int)Math.Min(Piece, byteLength - start)).Fill(value);
        });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> KernelsFor(Op op) => op.CpuKernels;

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override void Dispose() => Workers.Dispose();

    private static Span<byte> BytesOf(DeviceMemory memory, long byteOffset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset + length, memory.ByteLength);
        return new Span<byte>(((CpuMemory)memory).Pointer + byteOffset, length);
    }
}
