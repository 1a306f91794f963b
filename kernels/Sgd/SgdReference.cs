using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SgdOp"/>.</summary>
internal sealed class SgdReference : ReferenceKernel<SgdOp>
{
    protected override Step Bind(SgdOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new UpdateStep(op, operands.ToArray());

    private sealed unsafe class UpdateStep(SgdOp op, TensorView[] operands) : Step
    {
        public override void Run(RunContext context)
        {
            double norm = operands[3].Floats[0];
            double rate = context.Arguments.LearningRate;
            for (long i = 0; double.IsFinite(norm) && i < operands[0].Desc.ElementCount; i++)
            {
                double w = operands[0].Floats[i];
                double d = (operands[2].Floats[i] * GradientClip.Factor(norm, op.MaxNorm, context.Arguments.LossScale)) + (op.WeightDecay * w);
                double v = (op.Momentum * operands[1].Floats[i]) + d;
                operands[1].Floats[i] = (float)v;
                operands[0].Floats[i] = (float)(w - (rate * (d + (op.Momentum * v))));
            }
        }
    }
}
