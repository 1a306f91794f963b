using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SliceChannelsGpu{TTensor}"/>'s body is told.</summary>
internal struct SliceChannelsArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public TTensor Y;
    public int First;
    public int Channels;
    public int Count;
}

/// <summary>y[voxel, c] = x[voxel, first + c]. Both [voxels, channels]. One thread copies one output element, channel fastest.</summary>
internal sealed class SliceChannelsGpu<TTensor> : GpuKernel<SliceChannelsOp, SliceChannelsArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<SliceChannelsArguments<TTensor>> Body => Slice;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is SliceChannelsOp && GpuTensor.FitAll<TTensor>(operands);

    protected override SliceChannelsArguments<TTensor> Prepare(SliceChannelsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new SliceChannelsArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            First = op.First,
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Slice(SliceChannelsArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.Write(voxel, c, k.X.Read(voxel, k.First + c));
    }
}
