using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="LeakyReluGradientGpu"/>'s body is told.</summary>
internal struct LeakyReluGradientArguments
{
    public GpuTensor Y;
    public GpuTensor GradientY;
    public GpuTensor GradientX;
    public int Channels;
    public int Count;
    public float Slope;
}

/// <summary>dx = dy for y &gt; 0, slope * dy otherwise. All [voxels, channels]. One thread computes one element, channel fastest.</summary>
internal sealed class LeakyReluGradientGpu : GpuKernel<LeakyReluGradientOp, LeakyReluGradientArguments>
{
    public override string Name => "GradientPlainGpu";

    protected override Action<LeakyReluGradientArguments> Body => Activate;

    protected override LeakyReluGradientArguments Prepare(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new LeakyReluGradientArguments
        {
            Y = GpuTensor.From(operands[0]),
            GradientY = GpuTensor.From(operands[1]),
            GradientX = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
            Slope = op.Slope,
        };
    }

    private static void Activate(LeakyReluGradientArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        float gradient = k.GradientY.At(voxel, c);
        k.GradientX.At(voxel, c) = k.Y.At(voxel, c) > 0 ? gradient : k.Slope * gradient;
    }
}
