using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="RelayoutGpu"/>'s body is told: elements from one to the next along sample, channel and voxel, on both sides.</summary>
internal struct RelayoutArguments
{
    public ArrayView<byte> X;
    public ArrayView<byte> Y;
    public long SampleStrideX;
    public long ChannelStrideX;
    public long VoxelStrideX;
    public long SampleStrideY;
    public long ChannelStrideY;
    public long VoxelStrideY;
    public int ElementSize;
    public int Channels;
    public int Voxels;
    public int Count;
}

/// <summary>
/// y[n, c, voxel] = x[n, c, voxel], where each side is [n, voxel, channel] with a pitch or [n, channel, voxel]. Any element type: bytes are copied. One
/// thread copies one element; voxels are fastest.
/// </summary>
internal sealed class RelayoutGpu : GpuKernel<RelayoutOp, RelayoutArguments>
{
    protected override Action<RelayoutArguments> Body => Copy;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is RelayoutOp;

    protected override RelayoutArguments Prepare(RelayoutOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        TensorDesc x = operands[0].Desc;
        TensorDesc y = operands[^1].Desc;
        config = GpuLaunch.OneThreadPer(y.Shape.Count);
        return new RelayoutArguments
        {
            X = GpuTensor.BytesOf<byte>(operands[0]),
            Y = GpuTensor.BytesOf<byte>(operands[^1]),
            SampleStrideX = x.Shape.Voxels * x.ChannelPitch,
            ChannelStrideX = x.Layout == Layout.NCDHW ? x.Shape.Voxels : 1,
            VoxelStrideX = x.Layout == Layout.NCDHW ? 1 : x.ChannelPitch,
            SampleStrideY = y.Shape.Voxels * y.ChannelPitch,
            ChannelStrideY = y.Layout == Layout.NCDHW ? y.Shape.Voxels : 1,
            VoxelStrideY = y.Layout == Layout.NCDHW ? 1 : y.ChannelPitch,
            ElementSize = y.DType.Size(),
            Channels = y.Shape.C,
            Voxels = (int)y.Shape.Voxels,
            Count = (int)y.Shape.Count,
        };
    }

    private static void Copy(RelayoutArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i % k.Voxels;
        int c = i / k.Voxels % k.Channels;
        int n = i / k.Voxels / k.Channels;
        long x = ((n * k.SampleStrideX) + (c * k.ChannelStrideX) + (voxel * k.VoxelStrideX)) * k.ElementSize;
        long y = ((n * k.SampleStrideY) + (c * k.ChannelStrideY) + (voxel * k.VoxelStrideY)) * k.ElementSize;
        for (int b = 0; b < k.ElementSize; b++)
            k.Y[y + b] = k.X[x + b];
    }
}
