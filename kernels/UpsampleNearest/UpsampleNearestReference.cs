using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="UpsampleNearestOp"/>.</summary>
internal sealed class UpsampleNearestReference : ReferenceKernel<UpsampleNearestOp>
{
    protected override Step Bind(UpsampleNearestOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Factor, operands[0], operands[^1], workers);

    private sealed class VoxelStep(Int3 factor, TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = At(x, n, c, d / factor.D, h / factor.H, w / factor.W);
        }
    }
}
