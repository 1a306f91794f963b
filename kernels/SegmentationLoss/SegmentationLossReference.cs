using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SegmentationLossOp"/>; a few sums, so it has no other kernel.</summary>
internal sealed class SegmentationLossReference : ReferenceKernel<SegmentationLossOp>
{
    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is SegmentationLossOp && operands[0].DType == DType.F32;

    protected override Step Bind(SegmentationLossOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new ValueStep(op.Weight, new SegmentationLossTerms(op.Loss, operands[2]), operands[^1]);

    private sealed unsafe class ValueStep(float weight, SegmentationLossTerms terms, TensorView y) : Step
    {
        public override void Run(RunContext context)
        {
            double entropy = terms.Entropy();
            double dice = terms.Dice();
            y.Floats[0] = (float)(weight * (entropy + dice));
            y.Floats[1] = (float)(weight * entropy);
            y.Floats[2] = (float)(weight * dice);
        }
    }
}
