using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="AddGpu{TTensor}"/>'s body is told.</summary>
internal struct AddArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor A;
    public TTensor B;
    public TTensor Y;
    public int Channels;
    public int Count;
}

/// <summary>
/// y = a + b. All three [voxels, channels], each with its own pitch, or all as parameters lie, without padding. One thread computes one element; the channel
/// is fastest, so that neighbouring threads read neighbouring elements.
/// </summary>
internal sealed class AddGpu<TTensor> : GpuKernel<AddOp, AddArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<AddArguments<TTensor>> Body => Add;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is AddOp && (GpuTensor.FitAll<TTensor>(operands)
            || (operands[0] == operands[1] && operands[0] == operands[^1] && operands[0].DType == TTensor.ElementType && operands[0].Layout == Layout.NCDHW));

    protected override AddArguments<TTensor> Prepare(AddOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new AddArguments<TTensor>
        {
            A = GpuTensor.Of<TTensor>(operands[0]),
            B = GpuTensor.Of<TTensor>(operands[1]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void Add(AddArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.Y.Write(voxel, c, k.A.Read(voxel, c) + k.B.Read(voxel, c));
    }
}
