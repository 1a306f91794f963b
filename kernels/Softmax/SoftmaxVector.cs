using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Vectors over the classes of one voxel.</summary>
internal sealed unsafe class SoftmaxVector<TIsa, V>() : VectorKernel<SoftmaxOp, TIsa, V>("Channels")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(SoftmaxOp op, ReadOnlySpan<TensorDesc> operands) =>
        IsVectorised(operands[0]) && operands[1] == operands[0];

    protected override Step Bind(SoftmaxOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], workers);

    private sealed class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : RowStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            long row = RowOf(x.Desc, n, d, h);
            for (int w = 0; w < x.Desc.Shape.W; w++, row += x.Desc.ChannelPitch)
                VisitVoxel(x.Floats + row, y.Floats + row, x.Desc.Shape.C);
        }

        private static void VisitVoxel(float* source, float* target, int classes)
        {
            V factor = TIsa.Broadcast(SoftmaxRow.Exponentials<TIsa, V>(source, target, classes));
            for (int k = 0; k < classes; k += TIsa.Lanes)
                TIsa.Store(target + k, TIsa.Multiply(TIsa.Load(target + k), factor));
        }
    }
}
