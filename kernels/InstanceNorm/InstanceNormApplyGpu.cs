using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormApplyGpu"/>'s body is told. Without a residual its tensor is the source and is not read.</summary>
internal struct InstanceNormApplyArguments
{
    public GpuTensor X;
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Beta;
    public GpuTensor Residual;
    public GpuTensor Y;
    public int HasResidual;
    public float Slope;
    public int Channels;
    public int VoxelsPerSample;
    public int Count;
}

/// <summary>
/// y = activation((x - mean) * rstd * gamma + beta [+ residual]), activation(v) = v for v &gt; 0, slope * v otherwise.
/// Source, residual and output [n, voxels, channels]; statistics [n, 2, channels]: mean, then rstd; gamma and beta [channels]. One thread computes one
/// element, channel fastest. The mean is subtracted first: with |mean| much larger than the deviation any other order loses the difference.
/// </summary>
internal sealed class InstanceNormApplyGpu : GpuKernel<InstanceNormApplyOp, InstanceNormApplyArguments>
{
    public override string Name => "ApplyPlainGpu";

    protected override Action<InstanceNormApplyArguments> Body => Apply;

    protected override InstanceNormApplyArguments Prepare(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new InstanceNormApplyArguments
        {
            X = GpuTensor.From(operands[0]),
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Beta = GpuTensor.From(operands[3]),
            Residual = GpuTensor.From(operands[op.HasResidual ? 4 : 0]),
            Y = GpuTensor.From(operands[^1]),
            HasResidual = op.HasResidual ? 1 : 0,
            Slope = op.ActivationSlope,
            Channels = shape.C,
            VoxelsPerSample = (int)shape.Voxels,
            Count = (int)shape.Count,
        };
    }

    private static void Apply(InstanceNormApplyArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        int sample = voxel / k.VoxelsPerSample;
        float centred = k.X.At(voxel, c) - k.Statistics.At(2 * sample, c);
        float value = (centred * k.Statistics.At((2 * sample) + 1, c) * k.Gamma.At(0, c)) + k.Beta.At(0, c);
        if (k.HasResidual != 0)
            value += k.Residual.At(voxel, c);
        k.Y.At(voxel, c) = value > 0 ? value : k.Slope * value;
    }
}
