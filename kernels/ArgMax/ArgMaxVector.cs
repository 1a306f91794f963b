using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Every lane keeps its largest value and where it stood; then the lanes are compared, the lowest channel first on ties.</summary>
internal sealed unsafe class ArgMaxVector<TIsa, V>() : VectorKernel<ArgMaxOp, TIsa, V>("Channels")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(ArgMaxOp op, ReadOnlySpan<TensorDesc> operands) => IsVectorised(operands[0]);

    protected override Step Bind(ArgMaxOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], workers);

    private sealed class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : RowStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            Shape shape = x.Desc.Shape;
            float* source = x.Floats + RowOf(x.Desc, n, d, h);
            long target = ((((long)n * shape.D) + d) * shape.H + h) * shape.W;
            for (int w = 0; w < shape.W; w++, source += x.Desc.ChannelPitch)
            {
                int label = LabelOf(source, shape.C);
                if (y.Desc.DType == DType.U8)
                    y.Bytes[target + w] = (byte)label;
                else
                    ((ushort*)y.Bytes)[target + w] = (ushort)label;
            }
        }

        private static int LabelOf(float* source, int channels)
        {
            float* values = stackalloc float[TIsa.Lanes];
            float* positions = stackalloc float[TIsa.Lanes];
            V largest = TIsa.Broadcast(float.NegativeInfinity);
            V position = TIsa.Broadcast(0);
            int whole = channels / TIsa.Lanes * TIsa.Lanes;
            for (int c = 0; c < whole; c += TIsa.Lanes)
            {
                V value = TIsa.Load(source + c);
                V larger = TIsa.Greater(value, largest);
                largest = TIsa.Select(larger, value, largest);
                position = TIsa.Select(larger, TIsa.Broadcast(c), position);
            }

            TIsa.Store(values, largest);
            TIsa.Store(positions, position);
            int label = 0;
            float max = float.NegativeInfinity;
            for (int lane = 0; lane < TIsa.Lanes; lane++)
            {
                int channel = (int)positions[lane] + lane;
                if (values[lane] > max || (values[lane] == max && max > float.NegativeInfinity && channel < label))
                    (label, max) = (channel, values[lane]);
            }

            for (int c = whole; c < channels; c++)
            {
                if (source[c] > max)
                    (label, max) = (c, source[c]);
            }

            return label;
        }
    }
}
