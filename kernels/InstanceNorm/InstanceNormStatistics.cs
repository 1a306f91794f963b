using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Statistics in one pass over memory. Every piece of 64 voxels sums x - k and its square, k being the piece's first voxel: with |mean| much larger
/// than the standard deviation the difference is exact and small, so nothing cancels; an outlier as k costs at most what it itself adds to the
/// variance. Pieces are combined per slice (n, d), slices per sample, in double and in a fixed order (Chan, Golub and LeVeque 1983), so that the
/// result does not depend on the threads.
/// </summary>
internal sealed unsafe class InstanceNormStatistics<TIsa, V>() : VectorKernel<InstanceNormStatisticsOp, TIsa, V>("StatisticsShifted")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ChannelMoments.ByteLength(operands[0].Shape.N * operands[0].Shape.D, operands[0].ChannelPitch);

    protected override bool SupportsOperands(InstanceNormStatisticsOp op, ReadOnlySpan<TensorDesc> operands) =>
        IsVectorised(operands[0]) && operands[1].DType == DType.F32 && operands[1].Layout == Layout.NDHWC;

    protected override Step Bind(InstanceNormStatisticsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(op.Epsilon, operands[0], operands[^1], workspace, workers);

    private sealed class SliceStep(float epsilon, TensorView x, TensorView y, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private const int PieceVoxels = 64;

        private readonly ChannelMoments _moments =
            new(workspace, x.Desc.ChannelPitch, [.. Enumerable.Repeat(x.Desc.Shape.H * x.Desc.Shape.W, x.Desc.Shape.N * x.Desc.Shape.D)]);

        public override void Run(RunContext context)
        {
            workers.Run(x.Desc.Shape.N * x.Desc.Shape.D, this);
            _moments.Combine(y, epsilon);
        }

        public void Execute(int index, int worker)
        {
            int pitch = x.Desc.ChannelPitch;
            long voxels = (long)x.Desc.Shape.H * x.Desc.Shape.W;
            float* slice = x.Floats + (index * voxels * pitch);
            double* moments = _moments.Of(index);
            new Span<double>(moments, pitch * ChannelMoments.PerChannel).Clear();
            for (long first = 0; first < voxels; first += PieceVoxels)
            {
                int count = (int)Math.Min(PieceVoxels, voxels - first);
                for (int c = 0; c < pitch; c += TIsa.Lanes)
                    AddPiece(slice + (first * pitch) + c, count, first, moments + (c * ChannelMoments.PerChannel));
            }
        }

        private void AddPiece(float* piece, int count, long before, double* moments)
        {
            int pitch = x.Desc.ChannelPitch;
            V shift = TIsa.Load(piece);
            V sum0 = TIsa.Broadcast(0);
            V sum1 = sum0;
            V squares0 = sum0;
            V squares1 = sum0;
            int i = 1;
            for (float* at = piece + pitch; i + 1 < count; i += 2, at += 2 * pitch)
            {
                V a = TIsa.Subtract(TIsa.Load(at), shift);
                V b = TIsa.Subtract(TIsa.Load(at + pitch), shift);
                sum0 = TIsa.Add(sum0, a);
                sum1 = TIsa.Add(sum1, b);
                squares0 = TIsa.MultiplyAdd(a, a, squares0);
                squares1 = TIsa.MultiplyAdd(b, b, squares1);
            }

            if (i < count)
            {
                V a = TIsa.Subtract(TIsa.Load(piece + ((long)i * pitch)), shift);
                sum0 = TIsa.Add(sum0, a);
                squares0 = TIsa.MultiplyAdd(a, a, squares0);
            }

            float* sums = stackalloc float[TIsa.Lanes];
            float* squares = stackalloc float[TIsa.Lanes];
            TIsa.Store(sums, TIsa.Add(sum0, sum1));
            TIsa.Store(squares, TIsa.Add(squares0, squares1));
            double share = (double)count / (before + count);
            for (int lane = 0; lane < TIsa.Lanes; lane++, moments += ChannelMoments.PerChannel)
            {
                double offset = sums[lane] / (double)count;
                double squared = Math.Max(0, squares[lane] - (offset * sums[lane]));
                double delta = piece[lane] + offset - moments[0];
                moments[0] += delta * share;
                moments[1] += squared + (delta * delta * before * share);
            }
        }
    }
}
