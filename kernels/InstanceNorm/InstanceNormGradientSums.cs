using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Sums slices (n, d) in pieces of 64 voxels; pieces and slices are added in double and in order, so that threads change nothing.</summary>
internal sealed unsafe class InstanceNormGradientSums<TIsa, V>() : VectorKernel<InstanceNormGradientSumsOp, TIsa, V>("GradientSumsSlices")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Sums = 2;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        Sums * (long)operands[0].Shape.N * operands[0].Shape.D * operands[0].ChannelPitch * sizeof(double);

    protected override bool SupportsOperands(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorDesc> operands) =>
        op.ActivationSlope == 1 && IsVectorised(operands[0]) && operands[2] == operands[0] && IsVectorised(operands[1]) && operands[1].ChannelPitch == operands[0].ChannelPitch
        && operands[3] == operands[1];

    protected override Step Bind(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(operands.ToArray(), workspace, workers);

    private sealed class SliceStep(TensorView[] operands, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private const int PieceVoxels = 64;

        private readonly Shape _shape = operands[0].Desc.Shape;
        private readonly int _pitch = operands[0].Desc.ChannelPitch;

        public override void Run(RunContext context)
        {
            workers.Run(_shape.N * _shape.D, this);
            for (int n = 0; n < _shape.N; n++)
            {
                for (int i = 0; i < Sums * _pitch; i++)
                {
                    double sum = 0;
                    for (int d = 0; d < _shape.D; d++)
                        sum += SumsOf((n * _shape.D) + d)[i];
                    operands[^1].Floats[((long)n * Sums * _pitch) + i] = (float)sum;
                }
            }
        }

        public void Execute(int index, int worker)
        {
            long voxels = (long)_shape.H * _shape.W;
            float* statistics = operands[1].Floats + ((long)(index / _shape.D) * Sums * _pitch);
            double* sums = SumsOf(index);
            new Span<double>(sums, Sums * _pitch).Clear();
            for (long first = 0; first < voxels; first += PieceVoxels)
            {
                long offset = ((index * voxels) + first) * _pitch;
                int count = (int)Math.Min(PieceVoxels, voxels - first);
                for (int c = 0; c < _pitch; c += TIsa.Lanes)
                    AddPiece(operands[0].Floats + offset + c, operands[2].Floats + offset + c, count, statistics + c, sums + c);
            }
        }

        private double* SumsOf(int slice) => (double*)workspace.Bytes + ((long)slice * Sums * _pitch);

        private void AddPiece(float* x, float* dy, int count, float* statistics, double* sums)
        {
            V mean = TIsa.Load(statistics);
            V rstd = TIsa.Load(statistics + _pitch);
            V gradients = TIsa.Broadcast(0);
            V products = gradients;
            for (int i = 0; i < count; i++, x += _pitch, dy += _pitch)
            {
                V gradient = TIsa.Load(dy);
                gradients = TIsa.Add(gradients, gradient);
                products = TIsa.MultiplyAdd(gradient, TIsa.Multiply(TIsa.Subtract(TIsa.Load(x), mean), rstd), products);
            }

            float* lanes = stackalloc float[Sums * TIsa.Lanes];
            TIsa.Store(lanes, gradients);
            TIsa.Store(lanes + TIsa.Lanes, products);
            for (int lane = 0; lane < TIsa.Lanes; lane++)
            {
                sums[lane] += lanes[lane];
                sums[_pitch + lane] += lanes[TIsa.Lanes + lane];
            }
        }
    }
}
