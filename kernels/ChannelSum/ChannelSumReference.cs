using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="ChannelSumOp"/>.</summary>
internal sealed class ChannelSumReference : ReferenceKernel<ChannelSumOp>
{
    protected override Step Bind(ChannelSumOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VectorStep(operands[0], operands[^1], workers);

    private sealed class VectorStep(TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                At(y, 0, c, 0, 0, 0) = (float)Sum(c);
        }

        private double Sum(int c)
        {
            Shape shape = x.Desc.Shape;
            double sum = 0;
            for (int n = 0; n < shape.N; n++)
            {
                for (int d = 0; d < shape.D; d++)
                {
                    for (int h = 0; h < shape.H; h++)
                    {
                        for (int w = 0; w < shape.W; w++)
                            sum += At(x, n, c, d, h, w);
                    }
                }
            }

            return sum;
        }
    }
}
