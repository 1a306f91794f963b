using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient for labels: with b[k] = dDice/dp where k is not present, a[k] what its presence adds, and m = sum over k of p[k] b[k], plus p[t] a[t] for the
/// voxel's own class t: dx[k] = p[k] (b[k] - m + e), to which class t adds p[t] a[t] - e, where e is the weight of the cross entropy. Regions take the reference.
/// </summary>
internal sealed unsafe class SegmentationLossGradientVector<TIsa, V>() : VectorKernel<SegmentationLossGradientOp, TIsa, V>("GradientRows")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Tables = 2;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ((Tables * (long)operands[0].Shape.N) + ((CpuDevice)device).Workers.Count) * operands[0].ChannelPitch * sizeof(float);

    public override int InPlaceInput => 0;

    protected override bool SupportsOperands(SegmentationLossGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        !op.Loss.HasRegions && IsVectorised(operands[0]) && operands[4] == operands[0] && operands[1].ChannelPitch == 1 && operands[2].Layout == Layout.NDHWC;

    protected override Step Bind(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(op, operands.ToArray(), workspace, workers);

    private sealed class VoxelStep(SegmentationLossGradientOp op, TensorView[] operands, MemorySpan workspace, WorkerPool workers)
        : RowStep(operands[0].Desc.Shape, workers)
    {
        private readonly SegmentationLossTerms _terms = new(op.Loss, operands[2]);
        private readonly Shape _shape = operands[0].Desc.Shape;
        private readonly int _pitch = operands[0].Desc.ChannelPitch;
        private float _entropy;

        public override void Run(RunContext context)
        {
            double scale = op.Weight * operands[3].Floats[0];
            _entropy = (float)(scale / _terms.EntropyCount());
            for (int n = 0; n < _shape.N; n++)
            {
                new Span<float>(Table(n), Tables * _pitch).Clear();
                for (int k = 0; k < _shape.C; k++)
                {
                    (double absent, double present) = _terms.DiceGradient(n, k);
                    Table(n)[k] = (float)(scale * absent);
                    Table(n)[_pitch + k] = (float)(scale * present);
                }
            }

            base.Run(context);
        }

        protected override void Visit(int n, int d, int h, int worker)
        {
            float* values = (float*)workspace.Bytes + (((Tables * (long)_shape.N) + worker) * _pitch);
            long row = ((((long)n * _shape.D) + d) * _shape.H + h) * _shape.W;
            for (int w = 0; w < _shape.W; w++)
                VisitVoxel(operands[0].Floats + ((row + w) * _pitch), operands[1].Bytes[row + w], Table(n), values, operands[4].Floats + ((row + w) * _pitch));
        }

        private float* Table(int n) => (float*)workspace.Bytes + (Tables * (long)n * _pitch);

        private void VisitVoxel(float* logits, int label, float* table, float* values, float* target)
        {
            if (label == op.Loss.IgnoreLabel)
            {
                new Span<float>(target, _pitch).Clear();
                return;
            }

            V factor = TIsa.Broadcast(SegmentationLossRow.Exponentials<TIsa, V>(logits, values, _shape.C, _pitch, out _));
            V products = TIsa.Broadcast(0);
            for (int k = 0; k < _pitch; k += TIsa.Lanes)
            {
                V p = TIsa.Multiply(TIsa.Load(values + k), factor);
                TIsa.Store(values + k, p);
                products = TIsa.MultiplyAdd(p, TIsa.Load(table + k), products);
            }

            float own = label < _shape.C ? values[label] * table[_pitch + label] : 0;
            V offset = TIsa.Broadcast(_entropy - TIsa.Sum(products) - own);
            for (int k = 0; k < _pitch; k += TIsa.Lanes)
                TIsa.Store(target + k, TIsa.Multiply(TIsa.Load(values + k), TIsa.Add(TIsa.Load(table + k), offset)));
            if (label < _shape.C)
                target[label] += own - _entropy;
        }
    }
}
