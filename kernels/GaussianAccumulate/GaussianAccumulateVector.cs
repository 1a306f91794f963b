using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Vectors over the classes of one voxel; rows in parallel, each adding to a row of its own.</summary>
internal sealed unsafe class GaussianAccumulateVector<TIsa, V>() : VectorKernel<GaussianAccumulateOp, TIsa, V>("Rows")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(GaussianAccumulateOp op, ReadOnlySpan<TensorDesc> operands) =>
        operands[0].DType == DType.F32 && operands[0].Layout == Layout.NDHWC && operands[1].DType == DType.F32;

    protected override Step Bind(GaussianAccumulateOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], workers);

    private sealed class VoxelStep(TensorView x, TensorView importance, WorkerPool workers) : RowStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            ref RunArguments run = ref Context.Arguments;
            AccumulatorRow row = new(run, x.Desc.Shape.Size, importance, d, h);
            float* classes = x.Floats + RowOf(x.Desc, n, d, h);
            for (int w = 0; w < x.Desc.Shape.W; w++, classes += x.Desc.ChannelPitch)
            {
                float weight = run.Weight * row.Importance[w * row.ImportanceStep];
                AccumulatorRow.Add<TIsa, V>(row.Sums + ((long)w * row.SumsStep), classes, x.Desc.Shape.C, weight, weight);
            }
        }
    }
}
