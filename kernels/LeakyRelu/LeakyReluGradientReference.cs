using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="LeakyReluGradientOp"/>.</summary>
internal sealed class LeakyReluGradientReference : ReferenceKernel<LeakyReluGradientOp>
{
    public override string Name => "GradientReference";

    protected override Step Bind(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Slope, operands[0], operands[1], operands[^1], workers);

    private sealed class VoxelStep(float slope, TensorView y, TensorView dy, TensorView dx, WorkerPool workers) : ReferenceStep(dx.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < dx.Desc.Shape.C; c++)
            {
                double gradient = At(dy, n, c, d, h, w);
                At(dx, n, c, d, h, w) = (float)(At(y, n, c, d, h, w) > 0 ? gradient : slope * gradient);
            }
        }
    }
}
