using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormGradientSumsOp"/>.</summary>
internal sealed class InstanceNormGradientSumsReference : ReferenceKernel<InstanceNormGradientSumsOp>
{
    public override string Name => "GradientSumsReference";

    // No rewrite is made for what only this could do: with an activation no vector kernel takes it.
    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => double.MaxValue;

    protected override Step Bind(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new SumStep(op.ActivationSlope, operands.ToArray(), workers);

    private sealed class SumStep(double slope, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < operands[^1].Desc.Shape.C; c++)
                At(operands[^1], n, c, d, h, w) = (float)Sum(n, c, d == InstanceNormGradientSumsOp.Products);
        }

        private double Sum(int n, int c, bool ofProducts)
        {
            Shape shape = operands[0].Desc.Shape;
            double mean = At(operands[1], n, c, 0, 0, 0);
            double rstd = At(operands[1], n, c, 1, 0, 0);
            double sum = 0;
            for (int d = 0; d < shape.D; d++)
            {
                for (int h = 0; h < shape.H; h++)
                {
                    for (int w = 0; w < shape.W; w++)
                    {
                        double normalised = (At(operands[0], n, c, d, h, w) - mean) * rstd;
                        bool isAbove = slope == 1 || (normalised * At(operands[3], 0, c, 0, 0, 0)) + At(operands[4], 0, c, 0, 0, 0) > 0;
                        sum += At(operands[2], n, c, d, h, w) * (isAbove ? 1 : slope) * (ofProducts ? normalised : 1);
                    }
                }
            }

            return sum;
        }
    }
}
