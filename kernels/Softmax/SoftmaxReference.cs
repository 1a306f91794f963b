using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SoftmaxOp"/>.</summary>
internal sealed class SoftmaxReference : ReferenceKernel<SoftmaxOp>
{
    protected override Step Bind(SoftmaxOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[^1], workers);

    private sealed class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            double max = double.NegativeInfinity;
            for (int c = 0; c < x.Desc.Shape.C; c++)
                max = Math.Max(max, At(x, n, c, d, h, w));
            double sum = 0;
            for (int c = 0; c < x.Desc.Shape.C; c++)
                sum += Math.Exp(At(x, n, c, d, h, w) - max);
            for (int c = 0; c < x.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = (float)(Math.Exp(At(x, n, c, d, h, w) - max) / sum);
        }
    }
}
