using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="Conv3dFlipWeightOp"/>.</summary>
internal sealed class Conv3dFlipWeightReference : ReferenceKernel<Conv3dFlipWeightOp>
{
    public override string Name => "FlipWeightReference";

    protected override Step Bind(Conv3dFlipWeightOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new FilterStep(operands[0], operands[^1], workers);

    private sealed class FilterStep(TensorView weight, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            Shape shape = y.Desc.Shape;
            for (int oc = 0; oc < shape.C; oc++)
                At(y, n, oc, d, h, w) = At(weight, oc, n, shape.D - 1 - d, shape.H - 1 - h, shape.W - 1 - w);
        }
    }
}
