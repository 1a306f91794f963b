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
    /// <summary>Doubles per channel of a slice: mean, sum of squared distances from it.</summary>
    private const int Moments = 2;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        (long)operands[0].Shape.N * operands[0].Shape.D * operands[0].ChannelPitch * Moments * sizeof(double);

    protected override bool SupportsOperands(InstanceNormStatisticsOp op, ReadOnlySpan<TensorDesc> operands) =>
        IsVectorised(operands[0]) && operands[1].DType == DType.F32 && operands[1].Layout == Layout.NDHWC;

    protected override Step Bind(InstanceNormStatisticsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new SliceStep(op.Epsilon, operands[0], operands[^1], workspace, workers);

    private sealed class SliceStep(float epsilon, TensorView x, TensorView y, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private const int PieceVoxels = 64;

        public override void Run(RunContext context)
        {
            workers.Run(x.Desc.Shape.N * x.Desc.Shape.D, this);
            for (int n = 0; n < x.Desc.Shape.N; n++)
            {
                for (int c = 0; c < x.Desc.Shape.C; c++)
                    Combine(n, c);
            }
        }

        public void Execute(int index, int worker)
        {
            int pitch = x.Desc.ChannelPitch;
            long voxels = (long)x.Desc.Shape.H * x.Desc.Shape.W;
            float* slice = x.Floats + (index * voxels * pitch);
            double* moments = Slice(index);
            new Span<double>(moments, pitch * Moments).Clear();
            for (long first = 0; first < voxels; first += PieceVoxels)
            {
                int count = (int)Math.Min(PieceVoxels, voxels - first);
                for (int c = 0; c < pitch; c += TIsa.Lanes)
                    AddPiece(slice + (first * pitch) + c, count, first, moments + (c * Moments));
            }
        }

        private double* Slice(long index) => (double*)workspace.Bytes + (index * x.Desc.ChannelPitch * Moments);

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
            for (int lane = 0; lane < TIsa.Lanes; lane++, moments += Moments)
            {
                double offset = sums[lane] / (double)count;
                double squared = Math.Max(0, squares[lane] - (offset * sums[lane]));
                double delta = piece[lane] + offset - moments[0];
                moments[0] += delta * share;
                moments[1] += squared + (delta * delta * before * share);
            }
        }

        private void Combine(int n, int c)
        {
            Shape shape = x.Desc.Shape;
            double count = (double)shape.H * shape.W;
            double mean = 0;
            double squared = 0;
            for (int d = 0; d < shape.D; d++)
            {
                double* slice = Slice(((long)n * shape.D) + d) + (c * Moments);
                double delta = slice[0] - mean;
                mean += delta / (d + 1);
                squared += slice[1] + (delta * delta * count * d / (d + 1));
            }

            float* statistics = y.Floats + ((long)n * 2 * y.Desc.ChannelPitch) + c;
            statistics[0] = (float)mean;
            statistics[y.Desc.ChannelPitch] = (float)(1 / Math.Sqrt((squared / (count * shape.D)) + epsilon));
        }
    }
}
