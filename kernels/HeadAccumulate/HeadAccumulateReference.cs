using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="HeadAccumulateOp"/>: head, softmax or none, accumulation, voxel by voxel.</summary>
internal sealed class HeadAccumulateReference : ReferenceKernel<HeadAccumulateOp>
{
    protected override Step Bind(HeadAccumulateOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Softmax, operands[0], operands[1], operands[2], operands[3], workers);

    private sealed unsafe class VoxelStep(bool softmax, TensorView x, TensorView weight, TensorView bias, TensorView importance, WorkerPool workers)
        : ReferenceStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            int classes = weight.Desc.Shape.N;
            RunArguments run = Context.Arguments;
            float* sums = GaussianAccumulateReference.AccumulatorVoxel(run, x.Desc.Shape.Size, d, h, w, out Int3 unflipped);
            double factor = (double)run.Weight * At(importance, 0, 0, unflipped.D, unflipped.H, unflipped.W);
            double max = double.NegativeInfinity;
            for (int k = 0; k < classes; k++)
                max = Math.Max(max, Logit(k, d, h, w));
            double total = 0;
            for (int k = 0; k < classes; k++)
                total += Math.Exp(Logit(k, d, h, w) - max);
            for (int k = 0; k < classes; k++)
            {
                double logit = Logit(k, d, h, w);
                sums[k] = (float)(sums[k] + (softmax ? factor * Math.Exp(logit - max) / total : factor * logit));
            }

            sums[classes] = (float)(sums[classes] + factor);
        }

        private double Logit(int k, int d, int h, int w)
        {
            double sum = At(bias, 0, k, 0, 0, 0);
            for (int c = 0; c < x.Desc.Shape.C; c++)
                sum += (double)At(weight, k, c, 0, 0, 0) * At(x, 0, c, d, h, w);
            return sum;
        }
    }
}
