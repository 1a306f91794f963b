using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient for regions, blocks of voxels at once: with b[k] = dDice/dp where k is not present, a[k] what its presence adds and e the weight of the cross entropy,
/// dx[k] = p[k] (1 - p[k]) (b[k] + g[k] a[k]) + (p[k] - g[k]) e.
/// </summary>
internal sealed unsafe class SegmentationLossRegionGradientVector<TIsa, V>() : VectorKernel<SegmentationLossGradientOp, TIsa, V>("RegionGradientRows")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => SizesOf(operands[0]).WorkspaceBytes(operands[0].Shape.N, device);

    public override int InPlaceInput => 0;

    protected override bool SupportsOperands(SegmentationLossGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        SegmentationLossRegionBlock.Supports(op.Loss, operands[0], operands[1]) && operands[4] == operands[0] && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(op, operands.ToArray(), workspace, workers);

    // Logits, which become the gradient, and targets.
    private static SegmentationLossGradientSizes SizesOf(TensorDesc logits)
    {
        int block = SegmentationLossRegionBlock.FloatsOf(logits, TIsa.Lanes);
        return new SegmentationLossGradientSizes(block, 2 * block);
    }

    private sealed class BlockStep(SegmentationLossGradientOp op, TensorView[] operands, MemorySpan workspace, WorkerPool workers)
        : SegmentationLossGradientRows(op, operands, SizesOf(operands[0].Desc), workspace, workers)
    {
        private readonly SegmentationLossRegionBlock _block = new(op.Loss, operands[0], operands[1], TIsa.Lanes);

        protected override void VisitRow(long row, float* absent, float* present, float* scratch)
        {
            float* targets = scratch + _block.Floats;
            for (int w = 0; w < Shape.W; w += TIsa.Lanes)
            {
                int count = Math.Min(TIsa.Lanes, Shape.W - w);
                _block.Load(row + w, count, scratch, targets);
                for (int i = 0; i < _block.Floats; i += TIsa.Lanes)
                    TIsa.Store(scratch + i, GradientOf(TIsa.Load(scratch + i), TIsa.Load(targets + i), TIsa.Load(absent + i), TIsa.Load(present + i)));
                new Span<float>(scratch, count * Pitch).CopyTo(new Span<float>(Gradient.Floats + ((row + w) * Pitch), count * Pitch));
            }
        }

        private V GradientOf(V logits, V target, V absent, V present)
        {
            SegmentationLossSigmoid<TIsa, V> sigmoid = SegmentationLossSigmoid<TIsa, V>.Of(logits);
            V dice = TIsa.MultiplyAdd(target, present, absent);
            V entropy = TIsa.Multiply(TIsa.Subtract(sigmoid.Probabilities, target), TIsa.Broadcast(Entropy));
            return TIsa.MultiplyAdd(sigmoid.Slopes, dice, entropy);
        }
    }
}
