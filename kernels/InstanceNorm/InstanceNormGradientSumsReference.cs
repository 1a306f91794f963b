using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormGradientSumsOp"/>.</summary>
internal sealed class InstanceNormGradientSumsReference : ReferenceKernel<InstanceNormGradientSumsOp>
{
    public override string Name => "GradientSumsReference";

    protected override Step Bind(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new SumStep(operands[0], operands[1], operands[2], operands[^1], workers);

    private sealed class SumStep(TensorView x, TensorView statistics, TensorView dy, TensorView y, WorkerPool workers)
        : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, n, c, d, h, w) = (float)Sum(n, c, d == InstanceNormGradientSumsOp.Products);
        }

        private double Sum(int n, int c, bool ofProducts)
        {
            Shape shape = x.Desc.Shape;
            double mean = At(statistics, n, c, 0, 0, 0);
            double rstd = At(statistics, n, c, 1, 0, 0);
            double sum = 0;
            for (int d = 0; d < shape.D; d++)
            {
                for (int h = 0; h < shape.H; h++)
                {
                    for (int w = 0; w < shape.W; w++)
                        sum += At(dy, n, c, d, h, w) * (ofProducts ? (At(x, n, c, d, h, w) - mean) * rstd : 1);
                }
            }

            return sum;
        }
    }
}
