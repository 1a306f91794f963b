using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Eight voxels at a time: their logits by register tiles of eight voxels times one vector of classes into a scratch of the worker, softmax there
/// where it is wanted, then the weighted sum into the accumulator. Full-resolution logits never leave the first-level cache. Lanes past the last class have the bias -inf,
/// so that whole vectors go through the softmax and they come out as 0.
/// </summary>
internal sealed unsafe class HeadAccumulateVector<TIsa, V>() : VectorKernel<HeadAccumulateOp, TIsa, V>("Streamed")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Tile = 8;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        (1 + (((CpuDevice)device).Workers.Count * (long)Tile)) * PaddedClasses(operands[1].Shape.N) * sizeof(float);

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == 1 ? new HeadPacking(operands[1].Shape.N, operands[1].Shape.C, TIsa.Lanes) : null;

    protected override bool SupportsOperands(HeadAccumulateOp op, ReadOnlySpan<TensorDesc> operands) =>
        operands[0].DType == DType.F32 && operands[0].Layout == Layout.NDHWC;

    protected override Step Bind(HeadAccumulateOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new TileStep(op.Softmax, operands.ToArray(), workspace, workers);

    /// <summary>Classes rounded up to whole cache lines, so that workers share none.</summary>
    private static int PaddedClasses(int classes) => (classes + 15) / 16 * 16;

    private sealed class TileStep(bool softmax, TensorView[] operands, MemorySpan workspace, WorkerPool workers) : RowStep(operands[0].Desc.Shape, workers)
    {
        private readonly TensorView _x = operands[0];
        private readonly TensorView _weight = operands[1];
        private readonly TensorView _bias = operands[2];
        private readonly TensorView _importance = operands[3];
        private readonly int _classes = operands[1].Desc.Shape.N;
        private readonly int _pitch = PaddedClasses(operands[1].Desc.Shape.N);

        private float* BiasTable => (float*)workspace.Bytes;

        public override void Run(RunContext context)
        {
            for (int k = 0; k < _pitch; k++)
                BiasTable[k] = k < _classes ? _bias.Floats[k] : float.NegativeInfinity;
            base.Run(context);
        }

        protected override void Visit(int n, int d, int h, int worker)
        {
            ref RunArguments run = ref Context.Arguments;
            AccumulatorRow row = new(run, _x.Desc.Shape.Size, _importance, d, h);
            float* source = _x.Floats + RowOf(_x.Desc, n, d, h);
            float* logits = BiasTable + ((1 + ((long)worker * Tile)) * _pitch);
            int width = _x.Desc.Shape.W;
            for (int first = 0; first < width; first += Tile)
            {
                // A partial tile repeats its last voxel.
                int last = Math.Min(Tile, width - first) - 1;
                Logits(source + ((long)first * _x.Desc.ChannelPitch), last, logits);
                for (int v = 0; v <= last; v++)
                {
                    float weight = run.Weight * row.Importance[(first + v) * row.ImportanceStep];
                    AddVoxel(logits + (v * _pitch), row.Sums + ((long)(first + v) * row.SumsStep), weight);
                }
            }
        }

        private void AddVoxel(float* logits, float* sums, float weight)
        {
            float scale = weight;
            if (softmax)
            {
                int vectors = (_classes + TIsa.Lanes - 1) / TIsa.Lanes;
                scale *= SoftmaxRow.ExponentialsOfWhole<TIsa, V>(logits, TIsa.Load(logits + ((vectors - 1) * TIsa.Lanes)), logits, vectors, out _);
            }

            AccumulatorRow.Add<TIsa, V>(sums, logits, _classes, scale, weight);
        }

        private void Logits(float* source, int last, float* logits)
        {
            int channels = _x.Desc.Shape.C;
            int pitch = _x.Desc.ChannelPitch;
            float* x1 = source + (Math.Min(1, last) * pitch);
            float* x2 = source + (Math.Min(2, last) * pitch);
            float* x3 = source + (Math.Min(3, last) * pitch);
            float* x4 = source + (Math.Min(4, last) * pitch);
            float* x5 = source + (Math.Min(5, last) * pitch);
            float* x6 = source + (Math.Min(6, last) * pitch);
            float* x7 = source + (Math.Min(7, last) * pitch);
            float* weight = _weight.Floats;
            for (int k = 0; k < _classes; k += TIsa.Lanes)
            {
                V y0 = TIsa.Load(BiasTable + k);
                V y1 = y0, y2 = y0, y3 = y0, y4 = y0, y5 = y0, y6 = y0, y7 = y0;
                for (int c = 0; c < channels; c++, weight += TIsa.Lanes)
                {
                    V w = TIsa.Load(weight);
                    y0 = TIsa.MultiplyAdd(TIsa.Broadcast(source[c]), w, y0);
                    y1 = TIsa.MultiplyAdd(TIsa.Broadcast(x1[c]), w, y1);
                    y2 = TIsa.MultiplyAdd(TIsa.Broadcast(x2[c]), w, y2);
                    y3 = TIsa.MultiplyAdd(TIsa.Broadcast(x3[c]), w, y3);
                    y4 = TIsa.MultiplyAdd(TIsa.Broadcast(x4[c]), w, y4);
                    y5 = TIsa.MultiplyAdd(TIsa.Broadcast(x5[c]), w, y5);
                    y6 = TIsa.MultiplyAdd(TIsa.Broadcast(x6[c]), w, y6);
                    y7 = TIsa.MultiplyAdd(TIsa.Broadcast(x7[c]), w, y7);
                }

                float* target = logits + k;
                TIsa.Store(target, y0);
                TIsa.Store(target + _pitch, y1);
                TIsa.Store(target + (2 * _pitch), y2);
                TIsa.Store(target + (3 * _pitch), y3);
                TIsa.Store(target + (4 * _pitch), y4);
                TIsa.Store(target + (5 * _pitch), y5);
                TIsa.Store(target + (6 * _pitch), y6);
                TIsa.Store(target + (7 * _pitch), y7);
            }
        }
    }
}
