using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormGradientGpu{TTensor}"/>'s body is told.</summary>
internal struct InstanceNormGradientArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public TTensor GradientY;
    public TTensor GradientX;
    public InstanceNormGradientGpuMap Map;
    public int Channels;
    public int Count;
}

/// <summary>
/// dx = gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V), xn = (x - mean) * rstd, V voxels of a sample. Source and gradients
/// [n, voxels, channels]; statistics [n, 2, channels]: mean, then rstd; sums [n, 2, channels]: of dy, then of dy * xn; gamma [channels]. One thread computes
/// one element, channel fastest.
/// </summary>
internal sealed class InstanceNormGradientGpu<TTensor> : GpuKernel<InstanceNormGradientOp, InstanceNormGradientArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("GradientPlain");

    protected override Action<InstanceNormGradientArguments<TTensor>> Body => Differentiate;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormGradientOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.FitAll(operands[1..4]) && GpuTensor.Fits<TTensor>(operands[4]) && GpuTensor.FitAll(operands[5..^1]) && GpuTensor.Fits<TTensor>(operands[^1]);

    protected override InstanceNormGradientArguments<TTensor> Prepare(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new InstanceNormGradientArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            GradientY = GpuTensor.Of<TTensor>(operands[4]),
            GradientX = GpuTensor.Of<TTensor>(operands[^1]),
            Map = InstanceNormGradientGpuMap.From(op, operands),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Differentiate(InstanceNormGradientArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.GradientX.Write(voxel, c, k.Map.Of(k.X.Read(voxel, c), k.GradientY.Read(voxel, c), voxel / k.Map.VoxelsPerSample, c));
    }
}
