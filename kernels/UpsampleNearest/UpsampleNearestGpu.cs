using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="UpsampleNearestGpu"/>'s body is told.</summary>
internal struct UpsampleNearestArguments
{
    public GpuTensor X;
    public GpuTensor Y;
    public GpuInt3 InputSize;
    public GpuInt3 OutputSize;
    public GpuInt3 Factor;
    public int Channels;
    public int Count;
}

/// <summary>
/// y[n, d, h, w, c] = x[n, d / fd, h / fh, w / fw, c]. Both [n, d, h, w, channels]. One thread copies one output element, channel fastest. Batch and
/// depth count as one axis: (n * D + d) / fd = n * (D / fd) + d / fd, since D is a multiple of fd.
/// </summary>
internal sealed class UpsampleNearestGpu : GpuKernel<UpsampleNearestOp, UpsampleNearestArguments>
{
    protected override Action<UpsampleNearestArguments> Body => Upsample;

    protected override UpsampleNearestArguments Prepare(UpsampleNearestOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new UpsampleNearestArguments
        {
            X = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            InputSize = GpuInt3.From(operands[0].Desc.Shape.Size),
            OutputSize = GpuInt3.From(shape.Size),
            Factor = GpuInt3.From(op.Factor),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Upsample(UpsampleNearestArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        k.Y.At(voxel, c) = k.X.At(k.InputSize.VoxelAt(at.D / k.Factor.D, at.H / k.Factor.H, at.W / k.Factor.W), c);
    }
}
