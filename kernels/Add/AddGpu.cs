using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="AddGpu"/>'s body is told.</summary>
internal struct AddArguments
{
    public GpuTensor A;
    public GpuTensor B;
    public GpuTensor Y;
    public int Channels;
    public int Count;
}

/// <summary>
/// y = a + b. All three [voxels, channels], each with its own pitch, or all as parameters lie, without padding. One thread computes one element; the channel
/// is fastest, so that neighbouring threads read neighbouring elements.
/// </summary>
internal sealed class AddGpu : GpuKernel<AddOp, AddArguments>
{
    protected override Action<AddArguments> Body => Add;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        base.Supports(op, operands, caps)
        || (op is AddOp && operands[0] == operands[1] && operands[0] == operands[^1] && operands[0] is { DType: DType.F32, Layout: Layout.NCDHW });

    protected override AddArguments Prepare(AddOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new AddArguments
        {
            A = GpuTensor.From(operands[0]),
            B = GpuTensor.From(operands[1]),
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Add(AddArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.At(voxel, c) = k.A.At(voxel, c) + k.B.At(voxel, c);
    }
}
