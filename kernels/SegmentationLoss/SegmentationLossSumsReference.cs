using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="SegmentationLossSumsOp"/>.</summary>
internal sealed class SegmentationLossSumsReference : ReferenceKernel<SegmentationLossSumsOp>
{
    public override string Name => "SumsReference";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is SegmentationLossSumsOp && operands[0].DType == DType.F32;

    protected override Step Bind(SegmentationLossSumsOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new SumStep(op.Loss, operands[0], operands[1], operands[^1]);

    private sealed class SumStep(SegmentationLoss loss, TensorView logits, TensorView target, TensorView sums) : Step
    {
        private readonly double[,] _total = new double[SegmentationLossSumsOp.Sums, sums.Desc.Shape.C];

        public override void Run(RunContext context)
        {
            for (int n = 0; n < sums.Desc.Shape.N; n++)
                SumSample(n);
        }

        private unsafe void SumSample(int n)
        {
            int classes = sums.Desc.Shape.C;
            Array.Clear(_total);
            for (long i = 0; i < logits.Desc.Shape.Voxels; i++)
            {
                SegmentationLossVoxel voxel = new(loss, logits, target, n, i);
                for (int k = 0; k < classes && voxel.IsAnnotated; k++)
                {
                    _total[SegmentationLossSumsOp.Overlap, k] += voxel.Probability(k) * voxel.Present(k);
                    _total[SegmentationLossSumsOp.Predicted, k] += voxel.Probability(k);
                    _total[SegmentationLossSumsOp.Present, k] += voxel.Present(k);
                    _total[SegmentationLossSumsOp.Entropy, k] += voxel.Entropy(k);
                    _total[SegmentationLossSumsOp.Annotated, k]++;
                }
            }

            for (int sum = 0; sum < SegmentationLossSumsOp.Sums; sum++)
            {
                for (int k = 0; k < classes; k++)
                    sums.Floats[((((long)n * SegmentationLossSumsOp.Sums) + sum) * sums.Desc.ChannelPitch) + k] = (float)_total[sum, k];
            }
        }
    }
}
