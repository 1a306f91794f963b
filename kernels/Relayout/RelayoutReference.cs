using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Copies element by element; any element type.</summary>
internal sealed class RelayoutReference : ReferenceKernel<RelayoutOp>
{
    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is RelayoutOp;

    protected override Step Bind(RelayoutOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(operands[0], operands[^1], workers);

    private sealed unsafe class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            int size = y.Desc.DType.Size();
            for (int c = 0; c < y.Desc.Shape.C; c++)
            {
                byte* source = x.Bytes + (Offset(x.Desc, n, c, d, h, w) * size);
                byte* target = y.Bytes + (Offset(y.Desc, n, c, d, h, w) * size);
                for (int i = 0; i < size; i++)
                    target[i] = source[i];
            }
        }
    }
}
