using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="LeakyReluGpu"/>'s body is told.</summary>
internal struct LeakyReluArguments
{
    public GpuTensor X;
    public GpuTensor Y;
    public int Channels;
    public int Count;
    public float Slope;
}

/// <summary>y = x for x &gt; 0, slope * x otherwise. Both [voxels, channels]. One thread computes one element, channel fastest.</summary>
internal sealed class LeakyReluGpu : GpuKernel<LeakyReluOp, LeakyReluArguments>
{
    protected override Action<LeakyReluArguments> Body => Activate;

    protected override LeakyReluArguments Prepare(LeakyReluOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new LeakyReluArguments
        {
            X = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
            Slope = op.Slope,
        };
    }

    private static void Activate(LeakyReluArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        float value = k.X.At(voxel, c);
        k.Y.At(voxel, c) = value > 0 ? value : k.Slope * value;
    }
}
