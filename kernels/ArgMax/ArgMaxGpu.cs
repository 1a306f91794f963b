using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ArgMaxGpu"/>'s body is told. Both label views are the same memory; <see cref="Wide"/> tells which one to write.</summary>
internal struct ArgMaxArguments
{
    public GpuTensor X;
    public ArrayView<byte> Labels8;
    public ArrayView<ushort> Labels16;
    public int Wide;
    public int Channels;
    public int Voxels;
}

/// <summary>
/// label[voxel] = the lowest c with the largest x[voxel, c]; a NaN never wins. Source [voxels, channels], labels
/// one U8 or U16 per voxel. One thread computes one voxel.
/// </summary>
internal sealed class ArgMaxGpu : GpuKernel<ArgMaxOp, ArgMaxArguments>
{
    protected override Action<ArgMaxArguments> Body => FindLargest;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is ArgMaxOp && GpuTensor.Fits(operands[0]);

    protected override ArgMaxArguments Prepare(ArgMaxOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.N * shape.Voxels);
        return new ArgMaxArguments
        {
            X = GpuTensor.From(operands[0]),
            Labels8 = GpuTensor.BytesOf<byte>(operands[^1]),
            Labels16 = GpuTensor.BytesOf<ushort>(operands[^1]),
            Wide = operands[^1].Desc.DType == DType.U16 ? 1 : 0,
            Channels = shape.C,
            Voxels = (int)(shape.N * shape.Voxels),
        };
    }

    private static void FindLargest(ArgMaxArguments k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        int label = 0;
        float max = float.NegativeInfinity;
        for (int c = 0; c < k.Channels; c++)
        {
            float value = k.X.At(voxel, c);
            // ILGPU's OpenCL text inverts value > max to value <= max, which a NaN does not satisfy either.
            if (!XMath.IsNaN(value) && value > max)
            {
                max = value;
                label = c;
            }
        }

        if (k.Wide != 0)
            k.Labels16[voxel] = (ushort)label;
        else
            k.Labels8[voxel] = (byte)label;
    }
}
