using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="ConcatChannelsOp"/>.</summary>
internal sealed class ConcatChannelsReference : ReferenceKernel<ConcatChannelsOp>
{
    protected override Step Bind(ConcatChannelsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], operands[^1], workers);

    private sealed class VoxelStep(TensorView first, TensorView second, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            int channels = first.Desc.Shape.C;
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = c < channels ? At(first, n, c, d, h, w) : At(second, n, c - channels, d, h, w);
        }
    }
}
