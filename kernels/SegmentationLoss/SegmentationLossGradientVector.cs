using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient for labels: with b[k] = dDice/dp where k is not present, a[k] what its presence adds, and m = sum over k of p[k] b[k], plus p[t] a[t] for the
/// voxel's own class t: dx[k] = p[k] (b[k] - m + e), to which class t adds p[t] a[t] - e, where e is the weight of the cross entropy.
/// <see cref="SegmentationLossRegionGradientVector{TIsa, V}"/> is for regions.
/// </summary>
internal sealed unsafe class SegmentationLossGradientVector<TIsa, V>() : VectorKernel<SegmentationLossGradientOp, TIsa, V>("GradientRows")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => SizesOf(operands[0]).WorkspaceBytes(operands[0].Shape.N, device);

    public override int InPlaceInput => 0;

    protected override bool SupportsOperands(SegmentationLossGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        !op.Loss.HasRegions && IsVectorised(operands[0]) && operands[4] == operands[0] && operands[1].ChannelPitch == 1 && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(op, operands.ToArray(), workspace, workers);

    private static SegmentationLossGradientSizes SizesOf(TensorDesc logits) => new(logits.ChannelPitch, logits.ChannelPitch);

    private sealed class VoxelStep(SegmentationLossGradientOp op, TensorView[] operands, MemorySpan workspace, WorkerPool workers)
        : SegmentationLossGradientRows(op, operands, SizesOf(operands[0].Desc), workspace, workers)
    {
        protected override void VisitRow(long row, float* absent, float* present, float* scratch)
        {
            float* logits = Logits.Floats, gradient = Gradient.Floats;
            byte* labels = Target.Bytes;
            for (long voxel = row; voxel < row + Shape.W; voxel++)
                VisitVoxel(logits + (voxel * Pitch), labels[voxel], absent, present, scratch, gradient + (voxel * Pitch));
        }

        private void VisitVoxel(float* logits, int label, float* absent, float* present, float* values, float* gradient)
        {
            if (label == Loss.IgnoreLabel)
            {
                new Span<float>(gradient, Pitch).Clear();
                return;
            }

            V factor = TIsa.Broadcast(SegmentationLossRow.Exponentials<TIsa, V>(logits, values, Shape.C, Pitch, out _));
            V products = TIsa.Broadcast(0);
            for (int k = 0; k < Pitch; k += TIsa.Lanes)
            {
                V p = TIsa.Multiply(TIsa.Load(values + k), factor);
                TIsa.Store(values + k, p);
                products = TIsa.MultiplyAdd(p, TIsa.Load(absent + k), products);
            }

            float own = label < Shape.C ? values[label] * present[label] : 0;
            V offset = TIsa.Broadcast(Entropy - TIsa.Sum(products) - own);
            for (int k = 0; k < Pitch; k += TIsa.Lanes)
                TIsa.Store(gradient + k, TIsa.Multiply(TIsa.Load(values + k), TIsa.Add(TIsa.Load(absent + k), offset)));
            if (label < Shape.C)
                gradient[label] += own - Entropy;
        }
    }
}
