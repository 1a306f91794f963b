using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="FillGpu"/>'s body is told.</summary>
internal struct FillArguments
{
    public ArrayView<float> Y;
    public float Value;
    public int Count;
}

/// <summary>y = value, in any layout, channel padding included. One thread writes one element.</summary>
internal sealed class FillGpu : GpuKernel<FillOp, FillArguments>
{
    protected override Action<FillArguments> Body => Fill;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is FillOp && operands[^1].DType == DType.F32;

    protected override FillArguments Prepare(FillOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[^1].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        return new FillArguments { Y = GpuTensor.BytesOf<float>(operands[^1]), Value = op.Value, Count = (int)count };
    }

    private static void Fill(FillArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i < k.Count)
            k.Y[i] = k.Value;
    }
}
