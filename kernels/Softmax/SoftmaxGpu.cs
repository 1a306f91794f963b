using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SoftmaxGpu"/>'s body is told.</summary>
internal struct SoftmaxArguments
{
    public GpuTensor X;
    public GpuTensor Y;
    public int Channels;
    public int Voxels;
}

/// <summary>
/// y[voxel, c] = exp(x[voxel, c] - max) / sum over c of exp(x[voxel, c] - max). Both [voxels, channels]. One thread computes one voxel in three passes
/// over its channels: the maximum, the exponentials and their sum, the division.
/// </summary>
internal sealed class SoftmaxGpu : GpuKernel<SoftmaxOp, SoftmaxArguments>
{
    protected override Action<SoftmaxArguments> Body => Normalise;

    protected override SoftmaxArguments Prepare(SoftmaxOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.N * shape.Voxels);
        return new SoftmaxArguments
        {
            X = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Voxels = (int)(shape.N * shape.Voxels),
        };
    }

    private static void Normalise(SoftmaxArguments k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        float max = float.NegativeInfinity;
        for (int c = 0; c < k.Channels; c++)
            max = XMath.Max(max, k.X.At(voxel, c));
        float sum = 0;
        for (int c = 0; c < k.Channels; c++)
        {
            float value = XMath.Exp(k.X.At(voxel, c) - max);
            k.Y.At(voxel, c) = value;
            sum += value;
        }

        for (int c = 0; c < k.Channels; c++)
            k.Y.At(voxel, c) /= sum;
    }
}
