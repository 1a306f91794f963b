using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Sums of labels: vectors over the classes of a voxel. <see cref="SegmentationLossRegionSumsVector{TIsa, V}"/> is for regions.</summary>
internal sealed unsafe class SegmentationLossSumsVector<TIsa, V>() : VectorKernel<SegmentationLossSumsOp, TIsa, V>("SumsSlices")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        SegmentationLossSliceSums.WorkspaceBytes(operands[0], ScratchFloats(operands[0]), device);

    protected override bool SupportsOperands(SegmentationLossSumsOp op, ReadOnlySpan<TensorDesc> operands) =>
        !op.Loss.HasRegions && IsVectorised(operands[0]) && operands[1].ChannelPitch == 1 && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(op.Loss, operands[0], operands[1], operands[2], workspace, workers);

    // The exponentials of a voxel, and the probabilities of a row.
    private static int ScratchFloats(TensorDesc logits) => 2 * logits.ChannelPitch;

    private sealed class SliceStep(SegmentationLoss loss, TensorView logits, TensorView target, TensorView sums, MemorySpan workspace, WorkerPool workers)
        : SegmentationLossSliceSums(logits, sums, ScratchFloats(logits.Desc), workspace, workers)
    {
        protected override int AddRow(long row, double* slice, float* scratch)
        {
            float* predicted = scratch + Pitch;
            new Span<float>(predicted, Pitch).Clear();
            int annotated = 0;
            for (int w = 0; w < Shape.W; w++)
                annotated += AddVoxel(Logits + ((row + w) * Pitch), target.Bytes[row + w], scratch, predicted, slice);
            for (int k = 0; k < Shape.C; k++)
                slice[(SegmentationLossSumsOp.Predicted * Pitch) + k] += predicted[k];
            return annotated;
        }

        private int AddVoxel(float* source, int label, float* values, float* predicted, double* slice)
        {
            if (label == loss.IgnoreLabel)
                return 0;
            float scale = SegmentationLossRow.Exponentials<TIsa, V>(source, values, Shape.C, Pitch, out float max);
            V factor = TIsa.Broadcast(scale);
            for (int k = 0; k < Pitch; k += TIsa.Lanes)
                TIsa.Store(predicted + k, TIsa.MultiplyAdd(TIsa.Load(values + k), factor, TIsa.Load(predicted + k)));
            if (label < Shape.C)
            {
                slice[(SegmentationLossSumsOp.Overlap * Pitch) + label] += values[label] * scale;
                slice[(SegmentationLossSumsOp.Present * Pitch) + label]++;
                slice[(SegmentationLossSumsOp.Entropy * Pitch) + label] += max - source[label] - Math.Log(scale);
            }

            return 1;
        }
    }
}
