using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="CastGpu"/>'s body is told. The two views of a side are the same memory; the element type tells which one is meant.</summary>
internal struct CastArguments
{
    public ArrayView<float> X32;
    public ArrayView<ushort> X16;
    public ArrayView<float> Y32;
    public ArrayView<ushort> Y16;
    public int TypeX;
    public int TypeY;
    public int Count;
}

/// <summary>
/// y = x converted among float32, float16 and bfloat16 to nearest, ties to even. Both sides lie in the same order, so elements are counted in memory
/// order, channel padding included. One thread converts one element, through float32 (which holds every value of the other two).
/// </summary>
internal sealed class CastGpu : GpuKernel<CastOp, CastArguments>
{
    private const int TypeF32 = (int)DType.F32;
    private const int TypeF16 = (int)DType.F16;

    protected override Action<CastArguments> Body => Convert;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is CastOp && operands[0].ChannelPitch == operands[1].ChannelPitch;

    protected override CastArguments Prepare(CastOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[^1].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        return new CastArguments
        {
            X32 = GpuTensor.BytesOf<float>(operands[0]),
            X16 = GpuTensor.BytesOf<ushort>(operands[0]),
            Y32 = GpuTensor.BytesOf<float>(operands[^1]),
            Y16 = GpuTensor.BytesOf<ushort>(operands[^1]),
            TypeX = (int)operands[0].Desc.DType,
            TypeY = (int)operands[^1].Desc.DType,
            Count = (int)count,
        };
    }

    private static void Convert(CastArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        uint bits;
        if (k.TypeX == TypeF32)
            bits = Interop.FloatAsInt(k.X32[i]);
        else if (k.TypeX == TypeF16)
            bits = GpuFloatBits.FromHalf(k.X16[i]);
        else
            bits = (uint)k.X16[i] << 16;
        if (k.TypeY == TypeF32)
            k.Y32[i] = Interop.IntAsFloat(bits);
        else if (k.TypeY == TypeF16)
            k.Y16[i] = (ushort)GpuFloatBits.ToHalf(bits);
        else
            k.Y16[i] = (ushort)GpuFloatBits.ToBFloat16(bits);
    }
}
