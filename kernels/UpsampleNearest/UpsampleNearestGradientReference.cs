using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="UpsampleNearestGradientOp"/>.</summary>
internal sealed class UpsampleNearestGradientReference : ReferenceKernel<UpsampleNearestGradientOp>
{
    public override string Name => "GradientReference";

    protected override Step Bind(UpsampleNearestGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Factor, operands[0], operands[^1], workers);

    private sealed class VoxelStep(Int3 factor, TensorView dy, TensorView dx, WorkerPool workers) : ReferenceStep(dx.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < dx.Desc.Shape.C; c++)
                At(dx, n, c, d, h, w) = (float)Sum(n, c, d * factor.D, h * factor.H, w * factor.W);
        }

        private double Sum(int n, int c, int d, int h, int w)
        {
            double sum = 0;
            for (int copy = 0; copy < factor.Product; copy++)
                sum += At(dy, n, c, d + (copy / factor.W / factor.H), h + (copy / factor.W % factor.H), w + (copy % factor.W));
            return sum;
        }
    }
}
