using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="AdamWOp"/>.</summary>
internal sealed class AdamWReference : ReferenceKernel<AdamWOp>
{
    protected override Step Bind(AdamWOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new UpdateStep(op, operands.ToArray());

    private sealed unsafe class UpdateStep(AdamWOp op, TensorView[] operands) : Step
    {
        public override void Run(RunContext context)
        {
            double norm = operands[4].Floats[0];
            AdamWFactors factors = op.FactorsOf(context.Arguments);
            for (long i = 0; double.IsFinite(norm) && i < operands[0].Desc.ElementCount; i++)
            {
                double g = operands[3].Floats[i] * GradientClip.Factor(norm, op.MaxNorm, context.Arguments.LossScale);
                double m = (op.Beta1 * operands[1].Floats[i]) + ((1 - (double)op.Beta1) * g);
                double v = (op.Beta2 * operands[2].Floats[i]) + ((1 - (double)op.Beta2) * g * g);
                operands[1].Floats[i] = (float)m;
                operands[2].Floats[i] = (float)v;
                operands[0].Floats[i] = (float)((operands[0].Floats[i] * factors.Keep) - (factors.Rate * m / ((Math.Sqrt(v) * factors.Root) + op.Epsilon)));
            }
        }
    }
}
