using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ConcatChannelsGpu{TTensor}"/>'s body is told.</summary>
internal struct ConcatChannelsArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor First;
    public TTensor Second;
    public TTensor Y;
    public int FirstChannels;
    public int Channels;
    public int Count;
}

/// <summary>
/// y[voxel, c] = first[voxel, c] for c below first's channels, else second[voxel, c - first's channels]. All [voxels, channels]. One thread copies one
/// output element, channel fastest.
/// </summary>
internal sealed class ConcatChannelsGpu<TTensor> : GpuKernel<ConcatChannelsOp, ConcatChannelsArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<ConcatChannelsArguments<TTensor>> Body => Concatenate;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is ConcatChannelsOp && GpuTensor.FitAll<TTensor>(operands);

    protected override ConcatChannelsArguments<TTensor> Prepare(ConcatChannelsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new ConcatChannelsArguments<TTensor>
        {
            First = GpuTensor.Of<TTensor>(operands[0]),
            Second = GpuTensor.Of<TTensor>(operands[1]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            FirstChannels = operands[0].Desc.Shape.C,
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Concatenate(ConcatChannelsArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.Write(voxel, c, c < k.FirstChannels ? k.First.Read(voxel, c) : k.Second.Read(voxel, c - k.FirstChannels));
    }
}
