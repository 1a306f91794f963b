using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Element by element through the base class library's conversions; element order is the same on both sides.</summary>
internal sealed class CastReference : ReferenceKernel<CastOp>
{
    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is CastOp && operands[0].ChannelPitch == operands[1].ChannelPitch;

    protected override Step Bind(CastOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(operands[0], operands[^1], workers);

    private sealed unsafe class VoxelStep(TensorView x, TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int c = 0; c < y.Desc.Shape.C; c++)
                Write(Offset(y.Desc, n, c, d, h, w), Read(Offset(x.Desc, n, c, d, h, w)));
        }

        private float Read(long at) => x.Desc.DType switch
        {
            DType.F16 => (float)((Half*)x.Bytes)[at],
            DType.BF16 => BFloat16.ToSingle(((ushort*)x.Bytes)[at]),
            _ => x.Floats[at],
        };

        private void Write(long at, float value)
        {
            switch (y.Desc.DType)
            {
                case DType.F16: ((Half*)y.Bytes)[at] = (Half)value; break;
                case DType.BF16: ((ushort*)y.Bytes)[at] = BFloat16.FromSingle(value); break;
                default: y.Floats[at] = value; break;
            }
        }
    }
}
