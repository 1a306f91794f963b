using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormApplyOp"/>.</summary>
internal sealed class InstanceNormApplyReference : ReferenceKernel<InstanceNormApplyOp>
{
    public override string Name => "ApplyReference";

    protected override Step Bind(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op, operands.ToArray(), workers);

    private sealed class VoxelStep(InstanceNormApplyOp op, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < operands[0].Desc.Shape.C; c++)
            {
                double mean = At(operands[1], n, c, 0, 0, 0);
                double rstd = At(operands[1], n, c, 1, 0, 0);
                double value = ((At(operands[0], n, c, d, h, w) - mean) * rstd * At(operands[2], 0, c, 0, 0, 0)) + At(operands[3], 0, c, 0, 0, 0);
                if (op.HasResidual)
                    value += At(operands[4], n, c, d, h, w);
                At(operands[^1], n, c, d, h, w) = (float)(value > 0 ? value : op.ActivationSlope * value);
            }
        }
    }
}
