using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="AddOp"/>.</summary>
internal sealed class AddReference : ReferenceKernel<AddOp>
{
    protected override Step Bind(AddOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], operands[^1], workers);

    private sealed class VoxelStep(TensorView a, TensorView b, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = (float)((double)At(a, n, c, d, h, w) + At(b, n, c, d, h, w));
        }
    }
}
