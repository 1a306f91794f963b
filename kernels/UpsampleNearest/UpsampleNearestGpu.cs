using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="UpsampleNearestGpu{TTensor}"/>'s body is told.</summary>
internal struct UpsampleNearestArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public TTensor Y;
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
internal sealed class UpsampleNearestGpu<TTensor> : GpuKernel<UpsampleNearestOp, UpsampleNearestArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<UpsampleNearestArguments<TTensor>> Body => Upsample;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is UpsampleNearestOp && GpuTensor.FitAll<TTensor>(operands);

    protected override UpsampleNearestArguments<TTensor> Prepare(UpsampleNearestOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new UpsampleNearestArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            InputSize = GpuInt3.From(operands[0].Desc.Shape.Size),
            OutputSize = GpuInt3.From(shape.Size),
            Factor = GpuInt3.From(op.Factor),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Upsample(UpsampleNearestArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        k.Y.Write(voxel, c, k.X.Read(k.InputSize.VoxelAt(at.D / k.Factor.D, at.H / k.Factor.H, at.W / k.Factor.W), c));
    }
}
