using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SoftmaxGradientOp"/>. Training goes through <see cref="SegmentationLossGradientOp"/>, so it has no other kernel.</summary>
internal sealed class SoftmaxGradientReference : ReferenceKernel<SoftmaxGradientOp>
{
    public override string Name => "GradientReference";

    protected override Step Bind(SoftmaxGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], operands[^1], workers);

    private sealed class VoxelStep(TensorView y, TensorView dy, TensorView dx, WorkerPool workers) : ReferenceStep(dx.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            double sum = 0;
            for (int c = 0; c < dx.Desc.Shape.C; c++)
                sum += (double)At(dy, n, c, d, h, w) * At(y, n, c, d, h, w);
            for (int c = 0; c < dx.Desc.Shape.C; c++)
                At(dx, n, c, d, h, w) = (float)(At(y, n, c, d, h, w) * (At(dy, n, c, d, h, w) - sum));
        }
    }
}
