using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Sums slices (n, d) in pieces of 64 voxels, pieces and slices in double and in order, so that threads change nothing.</summary>
internal sealed unsafe class ChannelSumVector<TIsa, V>() : VectorKernel<ChannelSumOp, TIsa, V>("Slices")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        (long)operands[0].Shape.N * operands[0].Shape.D * operands[0].ChannelPitch * sizeof(double);

    protected override bool SupportsOperands(ChannelSumOp op, ReadOnlySpan<TensorDesc> operands) =>
        IsVectorised(operands[0]) && operands[1].DType == DType.F32 && operands[1].Layout == Layout.NCDHW;

    protected override Step Bind(ChannelSumOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(operands[0], operands[1], workspace, workers);

    private sealed class SliceStep(TensorView x, TensorView y, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private const int PieceVoxels = 64;

        private readonly int _slices = x.Desc.Shape.N * x.Desc.Shape.D;

        private double* Sums => (double*)workspace.Bytes;

        public override void Run(RunContext context)
        {
            workers.Run(_slices, this);
            for (int c = 0; c < x.Desc.Shape.C; c++)
            {
                double sum = 0;
                for (int slice = 0; slice < _slices; slice++)
                    sum += Sums[((long)slice * x.Desc.ChannelPitch) + c];
                y.Floats[c] = (float)sum;
            }
        }

        public void Execute(int index, int worker)
        {
            int pitch = x.Desc.ChannelPitch;
            long voxels = (long)x.Desc.Shape.H * x.Desc.Shape.W;
            double* sums = Sums + ((long)index * pitch);
            new Span<double>(sums, pitch).Clear();
            float* lanes = stackalloc float[TIsa.Lanes];
            for (long first = 0; first < voxels; first += PieceVoxels)
            {
                float* piece = x.Floats + (((index * voxels) + first) * pitch);
                int count = (int)Math.Min(PieceVoxels, voxels - first);
                for (int c = 0; c < pitch; c += TIsa.Lanes)
                {
                    TIsa.Store(lanes, SumOf(piece + c, count, pitch));
                    for (int lane = 0; lane < TIsa.Lanes; lane++)
                        sums[c + lane] += lanes[lane];
                }
            }
        }

        private static V SumOf(float* at, int count, int pitch)
        {
            V sum = TIsa.Load(at);
            for (int i = 1; i < count; i++)
                sum = TIsa.Add(sum, TIsa.Load(at += pitch));
            return sum;
        }
    }
}
