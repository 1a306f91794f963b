using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="LossScaleGpu"/>'s body is told.</summary>
internal struct LossScaleArguments
{
    public ArrayView<float> Y;
    public float Scale;
    public int Count;
}

/// <summary>y = scale of the run, in any layout, channel padding included. One thread writes one element.</summary>
internal sealed class LossScaleGpu : GpuKernel<LossScaleOp, LossScaleArguments>
{
    protected override Action<LossScaleArguments> Body => Fill;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is LossScaleOp && operands[^1].DType == DType.F32;

    protected override LossScaleArguments Prepare(LossScaleOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[^1].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        return new LossScaleArguments { Y = GpuTensor.BytesOf<float>(operands[^1]), Count = (int)count };
    }

    protected override void Refresh(ref LossScaleArguments arguments, in RunArguments run) => arguments.Scale = run.LossScale;

    private static void Fill(LossScaleArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i < k.Count)
            k.Y[i] = k.Scale;
    }
}
