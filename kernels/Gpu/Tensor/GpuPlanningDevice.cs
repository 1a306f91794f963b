using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A GPU that is not there: plans are made as for it, with the same kernels, but it has no memory and runs nothing.</summary>
public sealed class GpuPlanningDevice : Device
{
    /// <inheritdoc/>
    public override DeviceCaps Caps { get; } = new("cuda (planned for compute capability 9.0)", SimdLevel.Portable, ChannelAlignment: 8);

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long byteLength) => throw Refusal();

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset) => throw Refusal();

    /// <inheritdoc/>
    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target) => throw Refusal();

    /// <inheritdoc/>
    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value) => throw Refusal();

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> KernelsFor(Op op) => GpuKernelTable.KernelsOf(op.GetType());

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private static InvalidRequestException Refusal() => new("A planned GPU runs nothing; leave out --plan-only, on a machine that has one.");
}
