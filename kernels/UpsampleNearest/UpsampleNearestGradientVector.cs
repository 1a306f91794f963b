using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Adds the copies of every voxel in the order z, y, x.</summary>
internal sealed unsafe class UpsampleNearestGradientVector<TIsa, V>() : VectorKernel<UpsampleNearestGradientOp, TIsa, V>("GradientRows")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(UpsampleNearestGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        IsVectorised(operands[0]) && IsVectorised(operands[1]) && operands[0].ChannelPitch == operands[1].ChannelPitch;

    protected override Step Bind(UpsampleNearestGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new TargetRowStep(op.Factor, operands[0], operands[1], workers);

    private sealed class TargetRowStep(Int3 factor, TensorView dy, TensorView dx, WorkerPool workers) : RowStep(dx.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int pitch = dx.Desc.ChannelPitch;
            float* target = dx.Floats + RowOf(dx.Desc, n, d, h);
            for (int w = 0; w < dx.Desc.Shape.W; w++, target += pitch)
            {
                for (int c = 0; c < pitch; c += TIsa.Lanes)
                    TIsa.Store(target + c, Sum(n, d * factor.D, h * factor.H, (long)w * factor.W * pitch + c));
            }
        }

        private V Sum(int n, int d, int h, long first)
        {
            V sum = TIsa.Broadcast(0);
            for (int fd = 0; fd < factor.D; fd++)
            {
                for (int fh = 0; fh < factor.H; fh++)
                {
                    float* source = dy.Floats + RowOf(dy.Desc, n, d + fd, h + fh) + first;
                    for (int fw = 0; fw < factor.W; fw++, source += dy.Desc.ChannelPitch)
                        sum = TIsa.Add(sum, TIsa.Load(source));
                }
            }

            return sum;
        }
    }
}
