using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Sums of regions, blocks of voxels at once. The logarithms ln(1 + e) of several voxels are one, that of the product of 1 + e: each factor is between 1 and 2, so that
/// <see cref="Factors"/> of them stay far below the largest float, and each product rounds by 2^-24 of itself, which adds as much to the sum of the logarithms.
/// </summary>
internal sealed unsafe class SegmentationLossRegionSumsVector<TIsa, V>() : VectorKernel<SegmentationLossSumsOp, TIsa, V>("RegionSumsSlices")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Factors = 64;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        SegmentationLossSliceSums.WorkspaceBytes(operands[0], ScratchFloats(operands[0]), device);

    protected override bool SupportsOperands(SegmentationLossSumsOp op, ReadOnlySpan<TensorDesc> operands) =>
        SegmentationLossRegionBlock.Supports(op.Loss, operands[0], operands[1]) && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(op.Loss, operands[0], operands[1], operands[2], workspace, workers);

    private static int ScratchFloats(TensorDesc logits) => BlockRows.Count * SegmentationLossRegionBlock.FloatsOf(logits, TIsa.Lanes);

    private sealed class SliceStep(SegmentationLoss loss, TensorView logits, TensorView target, TensorView sums, MemorySpan workspace, WorkerPool workers)
        : SegmentationLossSliceSums(logits, sums, ScratchFloats(logits.Desc), workspace, workers)
    {
        private readonly SegmentationLossRegionBlock _block = new(loss, logits, target, TIsa.Lanes);

        protected override int AddRow(long row, double* slice, float* scratch)
        {
            BlockRows rows = new(scratch, _block.Floats);
            int annotated = 0;
            for (int w = 0; w < Shape.W; w += Factors * TIsa.Lanes)
                annotated += AddVoxels(row + w, Math.Min(Factors * TIsa.Lanes, Shape.W - w), slice, rows);
            return annotated;
        }

        private int AddVoxels(long first, int count, double* slice, BlockRows rows)
        {
            rows.Clear();
            int annotated = 0;
            for (int i = 0; i < count; i += TIsa.Lanes)
            {
                annotated += _block.Load(first + i, Math.Min(TIsa.Lanes, count - i), rows.Values, rows.Target);
                AddBlock(rows);
            }

            for (int i = 0; i < _block.Floats; i++)
            {
                int k = i % Pitch;
                slice[(SegmentationLossSumsOp.Overlap * Pitch) + k] += rows.Overlap[i];
                slice[(SegmentationLossSumsOp.Predicted * Pitch) + k] += rows.Predicted[i];
                slice[(SegmentationLossSumsOp.Present * Pitch) + k] += rows.Present[i];
                slice[(SegmentationLossSumsOp.Entropy * Pitch) + k] += rows.Linear[i] + Math.Log(rows.Product[i]);
            }

            return annotated;
        }

        private void AddBlock(BlockRows rows)
        {
            for (int i = 0; i < _block.Floats; i += TIsa.Lanes)
            {
                SegmentationLossSigmoid<TIsa, V> sigmoid = SegmentationLossSigmoid<TIsa, V>.Of(TIsa.Load(rows.Values + i));
                V present = TIsa.Load(rows.Target + i);
                TIsa.Store(rows.Overlap + i, TIsa.MultiplyAdd(sigmoid.Probabilities, present, TIsa.Load(rows.Overlap + i)));
                TIsa.Store(rows.Predicted + i, TIsa.Add(sigmoid.Probabilities, TIsa.Load(rows.Predicted + i)));
                TIsa.Store(rows.Present + i, TIsa.Add(present, TIsa.Load(rows.Present + i)));
                TIsa.Store(rows.Linear + i, TIsa.Add(sigmoid.LinearEntropy(present), TIsa.Load(rows.Linear + i)));
                TIsa.Store(rows.Product + i, TIsa.Multiply(sigmoid.Totals, TIsa.Load(rows.Product + i)));
            }
        }
    }

    /// <summary>Logits and targets of a block, and sums over several, each a block long.</summary>
    private readonly struct BlockRows(float* scratch, int length)
    {
        public const int Count = 7;

        public float* Values => scratch;

        public float* Target => scratch + length;

        public float* Overlap => scratch + (2 * length);

        public float* Predicted => scratch + (3 * length);

        public float* Present => scratch + (4 * length);

        public float* Linear => scratch + (5 * length);

        public float* Product => scratch + (6 * length);

        public void Clear()
        {
            new Span<float>(Overlap, 4 * length).Clear();
            new Span<float>(Product, length).Fill(1);
        }
    }
}
