using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="Conv3dWeightGradientOp"/>.</summary>
internal sealed class Conv3dWeightGradientReference : ReferenceKernel<Conv3dWeightGradientOp>
{
    public override string Name => "WeightGradientReference";

    protected override Step Bind(Conv3dWeightGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new FilterStep(op, operands.ToArray(), workers);

    private sealed class FilterStep(Conv3dWeightGradientOp op, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        private readonly TensorView _first = operands[0];
        private readonly TensorView _second = operands[op.Sources - 1];
        private readonly TensorView _dy = operands[op.Sources];
        private readonly TensorView _dw = operands[^1];
        private readonly Int3 _size = op.VirtualSize(operands[0].Desc.Shape.Size);

        protected override void Visit(int n, int d, int h, int w)
        {
            for (int ic = 0; ic < _dw.Desc.Shape.C; ic++)
                At(_dw, n, ic, d, h, w) = (float)Sum(n, ic, d - (op.Kernel.D / 2), h - (op.Kernel.H / 2), w - (op.Kernel.W / 2));
        }

        private double Sum(int oc, int ic, int shiftD, int shiftH, int shiftW)
        {
            Shape output = _dy.Desc.Shape;
            double sum = 0;
            for (int n = 0; n < output.N; n++)
            {
                for (int od = 0; od < output.D; od++)
                {
                    for (int oh = 0; oh < output.H; oh++)
                    {
                        for (int ow = 0; ow < output.W; ow++)
                            sum += At(_dy, n, oc, od, oh, ow) * Source(n, ic, (od * op.Stride.D) + shiftD, (oh * op.Stride.H) + shiftH, (ow * op.Stride.W) + shiftW);
                    }
                }
            }

            return sum;
        }

        private double Source(int n, int ic, int d, int h, int w)
        {
            if (d < 0 || d >= _size.D || h < 0 || h >= _size.H || w < 0 || w >= _size.W)
                return 0;
            int split = _first.Desc.Shape.C;
            Int3 factor = op.FirstSourceFactor;
            return ic < split ? At(_first, n, ic, d / factor.D, h / factor.H, w / factor.W) : At(_second, n, ic - split, d, h, w);
        }
    }
}
