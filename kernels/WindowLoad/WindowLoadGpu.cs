using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="WindowLoadGpu"/>'s body is told.</summary>
internal struct WindowLoadArguments
{
    public GpuWindow Window;
    public GpuTensor Y;
    public int Channels;
    public int Count;
}

/// <summary>
/// y[q, c] = source[c, origin + flip(q)] for window voxel q. Source [channels, D, H, W], window [voxels, channels]. One thread copies one element,
/// channel fastest.
/// </summary>
internal sealed class WindowLoadGpu : GpuKernel<WindowLoadOp, WindowLoadArguments>
{
    protected override Action<WindowLoadArguments> Body => Load;

    protected override WindowLoadArguments Prepare(WindowLoadOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new WindowLoadArguments
        {
            Window = new GpuWindow { Patch = GpuInt3.From(op.Patch) },
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    protected override void Refresh(ref WindowLoadArguments arguments, in RunArguments run) => arguments.Window.Set(run, run.Source);

    private static void Load(WindowLoadArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.At(voxel, c) = k.Window.Data[k.Window.SourceIndex(c, k.Window.Unflipped(voxel))];
    }
}
