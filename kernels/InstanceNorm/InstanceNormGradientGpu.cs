using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormGradientGpu"/>'s body is told.</summary>
internal struct InstanceNormGradientArguments
{
    public GpuTensor X;
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Sums;
    public GpuTensor GradientY;
    public GpuTensor GradientX;
    public int Channels;
    public int VoxelsPerSample;
    public int Count;
}

/// <summary>
/// dx = gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V), xn = (x - mean) * rstd, V voxels of a sample. Source and gradients
/// [n, voxels, channels]; statistics [n, 2, channels]: mean, then rstd; sums [n, 2, channels]: of dy, then of dy * xn; gamma [channels]. One thread computes
/// one element, channel fastest.
/// </summary>
internal sealed class InstanceNormGradientGpu : GpuKernel<InstanceNormGradientOp, InstanceNormGradientArguments>
{
    public override string Name => "GradientPlainGpu";

    protected override Action<InstanceNormGradientArguments> Body => Differentiate;

    protected override InstanceNormGradientArguments Prepare(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new InstanceNormGradientArguments
        {
            X = GpuTensor.From(operands[0]),
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Sums = GpuTensor.From(operands[3]),
            GradientY = GpuTensor.From(operands[4]),
            GradientX = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            VoxelsPerSample = (int)shape.Voxels,
            Count = (int)shape.Count,
        };
    }

    private static void Differentiate(InstanceNormGradientArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        int sample = voxel / k.VoxelsPerSample;
        float rstd = k.Statistics.At((2 * sample) + 1, c);
        float normalised = (k.X.At(voxel, c) - k.Statistics.At(2 * sample, c)) * rstd;
        float gradients = k.Sums.At((2 * sample) + InstanceNormGradientSumsOp.Gradients, c) / k.VoxelsPerSample;
        float products = k.Sums.At((2 * sample) + InstanceNormGradientSumsOp.Products, c) / k.VoxelsPerSample;
        k.GradientX.At(voxel, c) = k.Gamma.At(0, c) * rstd * (k.GradientY.At(voxel, c) - gradients - (normalised * products));
    }
}
