using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SliceChannelsOp"/>.</summary>
internal sealed class SliceChannelsReference : ReferenceKernel<SliceChannelsOp>
{
    protected override Step Bind(SliceChannelsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.First, operands[0], operands[^1], workers);

    private sealed class VoxelStep(int first, TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = At(x, n, first + c, d, h, w);
        }
    }
}
