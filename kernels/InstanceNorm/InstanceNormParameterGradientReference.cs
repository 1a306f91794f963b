using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormParameterGradientOp"/>; its input is small, so it has no other kernel.</summary>
internal sealed class InstanceNormParameterGradientReference : ReferenceKernel<InstanceNormParameterGradientOp>
{
    public override string Name => "ParameterGradientReference";

    protected override Step Bind(InstanceNormParameterGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VectorStep(op.Sum, operands[0], operands[^1], workers);

    private sealed class VectorStep(int sum, TensorView sums, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
            {
                double total = 0;
                for (int sample = 0; sample < sums.Desc.Shape.N; sample++)
                    total += At(sums, sample, c, sum, 0, 0);
                At(y, 0, c, 0, 0, 0) = (float)total;
            }
        }
    }
}
