using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="GlobalNormOp"/>.</summary>
internal sealed class GlobalNormReference : ReferenceKernel<GlobalNormOp>
{
    protected override Step Bind(GlobalNormOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new SumStep(operands[..^1].ToArray(), operands[^1]);

    private sealed unsafe class SumStep(TensorView[] inputs, TensorView norm) : Step
    {
        public override void Run(RunContext context)
        {
            double sum = 0;
            foreach (TensorView input in inputs)
            {
                for (long i = 0; i < input.Desc.ElementCount; i++)
                    sum += (double)input.Floats[i] * input.Floats[i];
            }

            norm.Floats[0] = (float)Math.Sqrt(sum);
        }
    }
}
