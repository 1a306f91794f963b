using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="LossScaleOp"/>; a loss is small, so it has no other kernel.</summary>
internal sealed class LossScaleReference : ReferenceKernel<LossScaleOp>
{
    protected override Step Bind(LossScaleOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(operands[^1], workers);

    private sealed class VoxelStep(TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = Context.Arguments.LossScale;
        }
    }
}
