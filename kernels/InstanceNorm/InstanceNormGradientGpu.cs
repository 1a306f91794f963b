using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormGradientGpu{TTensor}"/>'s body is told.</summary>
internal struct InstanceNormGradientArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Sums;
    public TTensor GradientY;
    public TTensor GradientX;
    public int Channels;
    public int VoxelsPerSample;
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
        op is InstanceNormGradientOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.FitAll(operands[1..4]) && GpuTensor.FitAll<TTensor>(operands[4..]);

    protected override InstanceNormGradientArguments<TTensor> Prepare(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new InstanceNormGradientArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Sums = GpuTensor.From(operands[3]),
            GradientY = GpuTensor.Of<TTensor>(operands[4]),
            GradientX = GpuTensor.Of<TTensor>(operands[^1]),
            Channels = shape.C,
            VoxelsPerSample = (int)shape.Voxels,
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
        int sample = voxel / k.VoxelsPerSample;
        float rstd = k.Statistics.At((2 * sample) + 1, c);
        float normalised = (k.X.Read(voxel, c) - k.Statistics.At(2 * sample, c)) * rstd;
        float gradients = k.Sums.At((2 * sample) + InstanceNormGradientSumsOp.Gradients, c) / k.VoxelsPerSample;
        float products = k.Sums.At((2 * sample) + InstanceNormGradientSumsOp.Products, c) / k.VoxelsPerSample;
        k.GradientX.Write(voxel, c, k.Gamma.At(0, c) * rstd * (k.GradientY.Read(voxel, c) - gradients - (normalised * products)));
    }
}
