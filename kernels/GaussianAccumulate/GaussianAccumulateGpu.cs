using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="GaussianAccumulateGpu"/>'s body is told.</summary>
internal struct GaussianAccumulateArguments
{
    public GpuWindow Window;
    public GpuTensor X;
    public GpuTensor Importance;
    public int Classes;
    public int Count;
}

/// <summary>
/// For window voxel q and p = flip(q): sums[origin + p, k] += weight * g[p] * x[q, k] for class k, and sums[origin + p, K] += weight * g[p].
/// Probabilities [voxels, classes], importance one value per voxel, accumulator ring [D, H, W, channels]. One thread owns one element of the accumulator,
/// so that no addition needs an atomic: class fastest, the sum of weights last.
/// </summary>
internal sealed class GaussianAccumulateGpu : GpuKernel<GaussianAccumulateOp, GaussianAccumulateArguments>
{
    protected override Action<GaussianAccumulateArguments> Body => Accumulate;

    protected override GaussianAccumulateArguments Prepare(GaussianAccumulateOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        long count = shape.Voxels * (shape.C + 1);
        config = GpuLaunch.OneThreadPer(count);
        return new GaussianAccumulateArguments
        {
            Window = new GpuWindow { Patch = GpuInt3.From(shape.Size) },
            X = GpuTensor.From(operands[0]),
            Importance = GpuTensor.From(operands[1]),
            Classes = shape.C,
            Count = (int)count,
        };
    }

    protected override void Refresh(ref GaussianAccumulateArguments arguments, in RunArguments run) => arguments.Window.Set(run, run.Accumulator);

    private static void Accumulate(GaussianAccumulateArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / (k.Classes + 1);
        int c = i % (k.Classes + 1);
        GpuInt3 at = k.Window.Unflipped(voxel);
        float weight = k.Window.Weight * k.Importance.At(k.Window.Patch.VoxelAt(at.D, at.H, at.W), 0);
        float value = c < k.Classes ? weight * k.X.At(voxel, c) : weight;
        k.Window.Data[k.Window.SumIndex(at) + c] += value;
    }
}
