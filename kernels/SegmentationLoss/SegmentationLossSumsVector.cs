using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Sums of labels: vectors over the classes of a voxel. A row is summed in single precision, rows and slices in double and in order, so that threads
/// change nothing. Regions take the reference.
/// </summary>
internal sealed unsafe class SegmentationLossSumsVector<TIsa, V>() : VectorKernel<SegmentationLossSumsOp, TIsa, V>("SumsSlices")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ((long)operands[0].Shape.N * operands[0].Shape.D * SegmentationLossSumsOp.Sums * operands[0].ChannelPitch * sizeof(double))
        + (((CpuDevice)device).Workers.Count * 2L * operands[0].ChannelPitch * sizeof(float));

    protected override bool SupportsOperands(SegmentationLossSumsOp op, ReadOnlySpan<TensorDesc> operands) =>
        !op.Loss.HasRegions && IsVectorised(operands[0]) && operands[1].ChannelPitch == 1 && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(op.Loss, operands[0], operands[1], operands[2], workspace, workers);

    private sealed class SliceStep(SegmentationLoss loss, TensorView logits, TensorView target, TensorView sums, MemorySpan workspace, WorkerPool workers)
        : Step, IParallelBody
    {
        private readonly Shape _shape = logits.Desc.Shape;
        private readonly int _pitch = logits.Desc.ChannelPitch;

        private int SliceSums => SegmentationLossSumsOp.Sums * _pitch;

        public override void Run(RunContext context)
        {
            workers.Run(_shape.N * _shape.D, this);
            for (int n = 0; n < _shape.N; n++)
            {
                for (int sum = 0; sum < SegmentationLossSumsOp.Sums; sum++)
                {
                    float* row = sums.Floats + ((((long)n * SegmentationLossSumsOp.Sums) + sum) * sums.Desc.ChannelPitch);
                    for (int k = 0; k < _shape.C; k++)
                        row[k] = (float)SumOfSlices(n, (sum * _pitch) + k);
                }
            }
        }

        public void Execute(int index, int worker)
        {
            double* slice = SumsOf(index);
            new Span<double>(slice, SliceSums).Clear();
            float* values = (float*)((double*)workspace.Bytes + ((long)_shape.N * _shape.D * SliceSums)) + (2L * worker * _pitch);
            float* predicted = values + _pitch;
            long annotated = 0;
            for (int h = 0; h < _shape.H; h++)
            {
                new Span<float>(predicted, _pitch).Clear();
                long row = (((long)index * _shape.H) + h) * _shape.W;
                for (int w = 0; w < _shape.W; w++)
                    annotated += AddVoxel(logits.Floats + ((row + w) * _pitch), target.Bytes[row + w], values, predicted, slice);
                for (int k = 0; k < _shape.C; k++)
                    slice[(SegmentationLossSumsOp.Predicted * _pitch) + k] += predicted[k];
            }

            new Span<double>(slice + (SegmentationLossSumsOp.Annotated * _pitch), _shape.C).Fill(annotated);
        }

        private double* SumsOf(int slice) => (double*)workspace.Bytes + ((long)slice * SliceSums);

        private double SumOfSlices(int n, int place)
        {
            double total = 0;
            for (int d = 0; d < _shape.D; d++)
                total += SumsOf((n * _shape.D) + d)[place];
            return total;
        }

        private int AddVoxel(float* source, int label, float* values, float* predicted, double* slice)
        {
            if (label == loss.IgnoreLabel)
                return 0;
            float scale = SegmentationLossRow.Exponentials<TIsa, V>(source, values, _shape.C, _pitch, out float max);
            V factor = TIsa.Broadcast(scale);
            for (int k = 0; k < _pitch; k += TIsa.Lanes)
                TIsa.Store(predicted + k, TIsa.MultiplyAdd(TIsa.Load(values + k), factor, TIsa.Load(predicted + k)));
            if (label < _shape.C)
            {
                slice[(SegmentationLossSumsOp.Overlap * _pitch) + label] += values[label] * scale;
                slice[(SegmentationLossSumsOp.Present * _pitch) + label]++;
                slice[(SegmentationLossSumsOp.Entropy * _pitch) + label] += max - source[label] - Math.Log(scale);
            }

            return 1;
        }
    }
}
