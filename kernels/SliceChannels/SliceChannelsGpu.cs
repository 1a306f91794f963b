using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SliceChannelsGpu"/>'s body is told.</summary>
internal struct SliceChannelsArguments
{
    public GpuTensor X;
    public GpuTensor Y;
    public int First;
    public int Channels;
    public int Count;
}

/// <summary>y[voxel, c] = x[voxel, first + c]. Both [voxels, channels]. One thread copies one output element, channel fastest.</summary>
internal sealed class SliceChannelsGpu : GpuKernel<SliceChannelsOp, SliceChannelsArguments>
{
    protected override Action<SliceChannelsArguments> Body => Slice;

    protected override SliceChannelsArguments Prepare(SliceChannelsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new SliceChannelsArguments
        {
            X = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            First = op.First,
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Slice(SliceChannelsArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.At(voxel, c) = k.X.At(voxel, k.First + c);
    }
}
