using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="FillGpu"/>'s body is told. The two views are the same memory; the size of an element tells which one is meant.</summary>
internal struct FillArguments
{
    public ArrayView<uint> Words;
    public ArrayView<ushort> Halves;
    public uint Bits;
    public int IsHalf;
    public int Count;
}

/// <summary>y = value, rounded to nearest, ties to even, in any layout, channel padding included. One thread writes one element.</summary>
internal sealed class FillGpu : GpuKernel<FillOp, FillArguments>
{
    protected override Action<FillArguments> Body => Fill;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is FillOp && operands[^1].DType is DType.F32 or DType.F16 or DType.BF16;

    protected override FillArguments Prepare(FillOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[^1].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        uint bits = BitConverter.SingleToUInt32Bits(op.Value);
        return new FillArguments
        {
            Words = GpuTensor.BytesOf<uint>(operands[^1]),
            Halves = GpuTensor.BytesOf<ushort>(operands[^1]),
            Bits = operands[^1].Desc.DType switch
            {
                DType.F16 => GpuFloatBits.ToHalf(bits),
                DType.BF16 => GpuFloatBits.ToBFloat16(bits),
                _ => bits,
            },
            IsHalf = operands[^1].Desc.DType == DType.F32 ? 0 : 1,
            Count = (int)count,
        };
    }

    private static void Fill(FillArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        if (k.IsHalf != 0)
            k.Halves[i] = (ushort)k.Bits;
        else
            k.Words[i] = k.Bits;
    }
}
