using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="LeakyReluOp"/>.</summary>
internal sealed class LeakyReluReference : ReferenceKernel<LeakyReluOp>
{
    protected override Step Bind(LeakyReluOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Slope, operands[0], operands[^1], workers);

    private sealed class VoxelStep(float slope, TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
            {
                double value = At(x, n, c, d, h, w);
                At(y, n, c, d, h, w) = (float)(value > 0 ? value : slope * value);
            }
        }
    }
}
