using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="FillOp"/>; what is filled is small, so it has no other kernel.</summary>
internal sealed class FillReference : ReferenceKernel<FillOp>
{
    protected override Step Bind(FillOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(op.Value, operands[^1], workers);

    private sealed class VoxelStep(float value, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = value;
        }
    }
}
