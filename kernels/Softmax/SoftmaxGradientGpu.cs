using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SoftmaxGradientGpu"/>'s body is told.</summary>
internal struct SoftmaxGradientArguments
{
    public GpuTensor Y;
    public GpuTensor GradientY;
    public GpuTensor GradientX;
    public int Channels;
    public int Voxels;
}

/// <summary>
/// dx[voxel, c] = y[voxel, c] * (dy[voxel, c] - sum over k of dy[voxel, k] * y[voxel, k]). All [voxels, channels]. One thread computes one voxel in two
/// passes over its channels: the sum, the result.
/// </summary>
internal sealed class SoftmaxGradientGpu : GpuKernel<SoftmaxGradientOp, SoftmaxGradientArguments>
{
    public override string Name => "GradientPlainGpu";

    protected override Action<SoftmaxGradientArguments> Body => Differentiate;

    protected override SoftmaxGradientArguments Prepare(SoftmaxGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.N * shape.Voxels);
        return new SoftmaxGradientArguments
        {
            Y = GpuTensor.From(operands[0]),
            GradientY = GpuTensor.From(operands[1]),
            GradientX = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Voxels = (int)(shape.N * shape.Voxels),
        };
    }

    private static void Differentiate(SoftmaxGradientArguments k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        float sum = 0;
        for (int c = 0; c < k.Channels; c++)
            sum += k.GradientY.At(voxel, c) * k.Y.At(voxel, c);
        for (int c = 0; c < k.Channels; c++)
            k.GradientX.At(voxel, c) = k.Y.At(voxel, c) * (k.GradientY.At(voxel, c) - sum);
    }
}
