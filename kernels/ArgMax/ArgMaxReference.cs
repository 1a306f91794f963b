using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="ArgMaxOp"/>.</summary>
internal sealed class ArgMaxReference : ReferenceKernel<ArgMaxOp>
{
    protected override Step Bind(ArgMaxOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[^1], workers);

    private sealed unsafe class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            int label = 0;
            float max = float.NegativeInfinity;
            for (int c = 0; c < x.Desc.Shape.C; c++)
            {
                float value = At(x, n, c, d, h, w);
                if (value > max)
                    (label, max) = (c, value);
            }

            long at = Offset(y.Desc, n, 0, d, h, w);
            if (y.Desc.DType == DType.U8)
                y.Bytes[at] = (byte)label;
            else
                ((ushort*)y.Bytes)[at] = (ushort)label;
        }
    }
}
