using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormApplyGpu{TTensor}"/>'s body is told. Without a residual its tensor is the source and is not read.</summary>
internal struct InstanceNormApplyArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public TTensor Residual;
    public TTensor Y;
    public InstanceNormApplyGpuMap Map;
    public int HasResidual;
    public int Channels;
    public int VoxelsPerSample;
    public int Count;
}

/// <summary>
/// y = activation((x - mean) * rstd * gamma + beta [+ residual]), activation(v) = v for v &gt; 0, slope * v otherwise.
/// Source, residual and output [n, voxels, channels]; statistics [n, 2, channels]: mean, then rstd; gamma and beta [channels]. One thread computes one
/// element, channel fastest.
/// </summary>
internal sealed class InstanceNormApplyGpu<TTensor> : GpuKernel<InstanceNormApplyOp, InstanceNormApplyArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("ApplyPlain");

    protected override Action<InstanceNormApplyArguments<TTensor>> Body => Apply;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormApplyOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.FitAll(operands[1..4]) && GpuTensor.FitAll<TTensor>(operands[4..]);

    protected override InstanceNormApplyArguments<TTensor> Prepare(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new InstanceNormApplyArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Residual = GpuTensor.Of<TTensor>(operands[op.HasResidual ? 4 : 0]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            Map = InstanceNormApplyGpuMap.From(op, operands),
            HasResidual = op.HasResidual ? 1 : 0,
            Channels = shape.C,
            VoxelsPerSample = (int)shape.Voxels,
            Count = (int)shape.Count,
        };
    }

    private static void Apply(InstanceNormApplyArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        int sample = voxel / k.VoxelsPerSample;
        float value = k.Map.Normalised(k.X.Read(voxel, c), sample, c);
        if (k.HasResidual != 0)
            value += k.Residual.Read(voxel, c);
        k.Y.Write(voxel, c, k.Map.Activated(value));
    }
}
