using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SegmentationLossGradientOp"/>.</summary>
internal sealed class SegmentationLossGradientReference : ReferenceKernel<SegmentationLossGradientOp>
{
    public override string Name => "GradientReference";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is SegmentationLossGradientOp && operands[0].DType == DType.F32;

    protected override Step Bind(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op, operands.ToArray(), workers);

    private sealed class VoxelStep(SegmentationLossGradientOp op, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        private readonly SegmentationLossTerms _terms = new(op.Loss, operands[2]);

        protected override void Visit(int n, int d, int h, int w)
        {
            Shape shape = operands[^1].Desc.Shape;
            SegmentationLossVoxel voxel = new(op.Loss, operands[0], operands[1], n, ((((long)d * shape.H) + h) * shape.W) + w);
            double scale = op.Weight * At(operands[3], 0, 0, 0, 0, 0);
            double entropyScale = 1 / _terms.EntropyCount();
            double mean = 0; // sum over k of p dDice/dp, what a softmax takes off
            for (int k = 0; k < shape.C && !op.Loss.HasRegions; k++)
                mean += voxel.Probability(k) * DiceGradient(voxel, n, k);
            for (int k = 0; k < shape.C; k++)
            {
                double p = voxel.Probability(k);
                double dice = op.Loss.HasRegions ? p * (1 - p) * DiceGradient(voxel, n, k) : p * (DiceGradient(voxel, n, k) - mean);
                double entropy = (p - voxel.Present(k)) * entropyScale;
                At(operands[^1], n, k, d, h, w) = voxel.IsAnnotated ? (float)(scale * (dice + entropy)) : 0;
            }
        }

        private double DiceGradient(SegmentationLossVoxel voxel, int n, int k)
        {
            (double absent, double present) = _terms.DiceGradient(n, k);
            return absent + (present * voxel.Present(k));
        }
    }
}
