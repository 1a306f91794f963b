using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>dx = a * (dy - b - xn * c), with xn = (x - mean) * rstd and, per sample and channel, a = gamma * rstd and b, c the means of dy and dy * xn.</summary>
internal sealed unsafe class InstanceNormGradient<TIsa, V>() : VectorKernel<InstanceNormGradientOp, TIsa, V>("Gradient")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Rows = 5; // mean, rstd, a, b, c

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        Rows * (long)operands[0].Shape.N * operands[0].ChannelPitch * sizeof(float);

    public override int InPlaceInput => 4;

    protected override bool SupportsOperands(InstanceNormGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        op.ActivationSlope == 1 && IsVectorised(operands[0]) && operands[4] == operands[0] && operands[5] == operands[0]
        && operands[1].Layout == Layout.NDHWC && operands[3] == operands[1] && operands[2].Layout == Layout.NCDHW;

    protected override Step Bind(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(operands.ToArray(), workspace, workers);

    private sealed class VoxelStep(TensorView[] operands, MemorySpan workspace, WorkerPool workers) : RowStep(operands[0].Desc.Shape, workers)
    {
        private readonly Shape _shape = operands[0].Desc.Shape;
        private readonly int _pitch = operands[0].Desc.ChannelPitch;

        public override void Run(RunContext context)
        {
            for (int n = 0; n < _shape.N; n++)
                FillTable(n);
            base.Run(context);
        }

        protected override void Visit(int n, int d, int h, int worker)
        {
            long row = RowOf(operands[0].Desc, n, d, h);
            for (int c = 0; c < _pitch; c += TIsa.Lanes)
            {
                float* x = operands[0].Floats + row + c;
                float* dy = operands[4].Floats + row + c;
                float* dx = operands[5].Floats + row + c;
                float* table = Table(n) + c;
                V mean = TIsa.Load(table);
                V rstd = TIsa.Load(table + _pitch);
                V scale = TIsa.Load(table + (2 * _pitch));
                V gradients = TIsa.Load(table + (3 * _pitch));
                V products = TIsa.Load(table + (4 * _pitch));
                for (int w = 0; w < _shape.W; w++, x += _pitch, dy += _pitch, dx += _pitch)
                {
                    V normalised = TIsa.Multiply(TIsa.Subtract(TIsa.Load(x), mean), rstd);
                    V centred = TIsa.Subtract(TIsa.Load(dy), gradients);
                    TIsa.Store(dx, TIsa.Multiply(scale, TIsa.Subtract(centred, TIsa.Multiply(normalised, products))));
                }
            }
        }

        private float* Table(int n) => (float*)workspace.Bytes + ((long)n * Rows * _pitch);

        private void FillTable(int n)
        {
            float* table = Table(n);
            new Span<float>(table, Rows * _pitch).Clear();
            float* statistics = operands[1].Floats + ((long)n * 2 * operands[1].Desc.ChannelPitch);
            float* sums = operands[3].Floats + ((long)n * 2 * operands[3].Desc.ChannelPitch);
            double voxels = _shape.Voxels;
            for (int c = 0; c < _shape.C; c++)
            {
                table[c] = statistics[c];
                float rstd = table[_pitch + c] = statistics[operands[1].Desc.ChannelPitch + c];
                table[(2 * _pitch) + c] = operands[2].Floats[c] * rstd;
                table[(3 * _pitch) + c] = (float)(sums[c] / voxels);
                table[(4 * _pitch) + c] = (float)(sums[operands[3].Desc.ChannelPitch + c] / voxels);
            }
        }
    }
}
