using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormStatisticsOp"/> in two passes of double sums: first the mean, then the squared distances from it.</summary>
internal sealed class InstanceNormStatisticsReference : ReferenceKernel<InstanceNormStatisticsOp>
{
    public override string Name => "StatisticsReference";

    protected override Step Bind(InstanceNormStatisticsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new ChannelStep(op.Epsilon, operands[0], operands[^1], workers);

    /// <summary>One visit per sample and channel: the channels stand in for a spatial axis.</summary>
    private sealed class ChannelStep(float epsilon, TensorView x, TensorView y, WorkerPool workers)
        : ReferenceStep(new Shape(x.Desc.Shape.N, 1, x.Desc.Shape.C, 1, 1), workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            int channel = d;
            long voxels = x.Desc.Shape.Voxels;
            double mean = SumOf(n, channel, 0, squared: false) / voxels;
            double variance = SumOf(n, channel, mean, squared: true) / voxels;
            At(y, n, channel, 0, 0, 0) = (float)mean;
            At(y, n, channel, 1, 0, 0) = (float)(1 / Math.Sqrt(variance + epsilon));
        }

        private double SumOf(int n, int channel, double shift, bool squared)
        {
            Shape shape = x.Desc.Shape;
            double sum = 0;
            for (int d = 0; d < shape.D; d++)
            {
                for (int h = 0; h < shape.H; h++)
                {
                    for (int w = 0; w < shape.W; w++)
                    {
                        double value = At(x, n, channel, d, h, w) - shift;
                        sum += squared ? value * value : value;
                    }
                }
            }

            return sum;
        }
    }
}
