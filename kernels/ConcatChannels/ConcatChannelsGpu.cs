using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ConcatChannelsGpu"/>'s body is told.</summary>
internal struct ConcatChannelsArguments
{
    public GpuTensor First;
    public GpuTensor Second;
    public GpuTensor Y;
    public int FirstChannels;
    public int Channels;
    public int Count;
}

/// <summary>
/// y[voxel, c] = first[voxel, c] for c below first's channels, else second[voxel, c - first's channels]. All [voxels, channels]. One thread copies one
/// output element, channel fastest.
/// </summary>
internal sealed class ConcatChannelsGpu : GpuKernel<ConcatChannelsOp, ConcatChannelsArguments>
{
    protected override Action<ConcatChannelsArguments> Body => Concatenate;

    protected override ConcatChannelsArguments Prepare(ConcatChannelsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new ConcatChannelsArguments
        {
            First = GpuTensor.From(operands[0]),
            Second = GpuTensor.From(operands[1]),
            Y = GpuTensor.From(operands[^1]),
            FirstChannels = operands[0].Desc.Shape.C,
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Concatenate(ConcatChannelsArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.At(voxel, c) = c < k.FirstChannels ? k.First.At(voxel, c) : k.Second.At(voxel, c - k.FirstChannels);
    }
}
