using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The formula of <see cref="Conv3dOp"/> as plain loops with double accumulation, rounded once: the oracle of the tests and the last resort.
/// Any layout and pitch. One piece of the parallel loop is one output slice (n, od), so the result does not depend on the threads.
/// </summary>
internal sealed class Conv3dReference : IKernel
{
    public string Name => "ForwardReference";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        foreach (TensorDesc operand in operands)
        {
            if (operand.DType != DType.F32)
                return false;
        }

        return op is Conv3dOp;
    }

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new ForwardStep((Conv3dOp)op, operands.ToArray(), ((CpuDevice)device).Workers);

    private sealed class ForwardStep(Conv3dOp op, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        private readonly Conv3dOp _op = op;
        private readonly TensorView _first = operands[0];
        private readonly TensorView _second = operands[op.Sources - 1];
        private readonly TensorView _weight = operands[op.WeightOperand];
        private readonly TensorView _bias = operands[op.BiasOperand];
        private readonly TensorView _output = operands[^1];

        protected override void Visit(int n, int d, int h, int w)
        {
            for (int oc = 0; oc < _output.Desc.Shape.C; oc++)
                At(_output, n, oc, d, h, w) = (float)Sum(n, oc, d, h, w);
        }

        private double Sum(int n, int oc, int od, int oh, int ow)
        {
            Int3 kernel = _op.Kernel;
            Int3 size = _op.VirtualSize(_first.Desc.Shape.Size);
            double sum = At(_bias, 0, oc, 0, 0, 0);
            for (int kd = 0; kd < kernel.D; kd++)
            {
                int d = (od * _op.Stride.D) + kd - (kernel.D / 2);
                for (int kh = 0; kh < kernel.H; kh++)
                {
                    int h = (oh * _op.Stride.H) + kh - (kernel.H / 2);
                    for (int kw = 0; kw < kernel.W; kw++)
                    {
                        int w = (ow * _op.Stride.W) + kw - (kernel.W / 2);
                        if (d < 0 || d >= size.D || h < 0 || h >= size.H || w < 0 || w >= size.W)
                            continue;
                        for (int ic = 0; ic < _weight.Desc.Shape.C; ic++)
                            sum += (double)At(_weight, oc, ic, kd, kh, kw) * Source(n, ic, d, h, w);
                    }
                }
            }

            return sum;
        }

        private float Source(int n, int ic, int d, int h, int w)
        {
            int firstChannels = _first.Desc.Shape.C;
            Int3 factor = _op.FirstSourceFactor;
            return ic < firstChannels
                ? At(_first, n, ic, d / factor.D, h / factor.H, w / factor.W)
                : At(_second, n, ic - firstChannels, d, h, w);
        }
    }
}
