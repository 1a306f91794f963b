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
        new ForwardStep((Conv3dOp)op, operands, ((CpuDevice)device).Workers);

    private sealed unsafe class ForwardStep : Step, IParallelBody
    {
        private readonly Conv3dOp _op;
        private readonly TensorView _first;
        private readonly TensorView _second;
        private readonly TensorView _weight;
        private readonly TensorView _bias;
        private readonly TensorView _output;
        private readonly WorkerPool _workers;

        public ForwardStep(Conv3dOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers)
        {
            _op = op;
            _first = operands[0];
            _second = operands[op.Sources - 1];
            _weight = operands[op.WeightOperand];
            _bias = operands[op.BiasOperand];
            _output = operands[^1];
            _workers = workers;
        }

        public override void Run(RunContext context) => _workers.Run(_output.Desc.Shape.N * _output.Desc.Shape.D, this);

        public void Execute(int index, int worker)
        {
            Shape output = _output.Desc.Shape;
            int n = index / output.D;
            int od = index % output.D;
            for (int oc = 0; oc < output.C; oc++)
            {
                for (int oh = 0; oh < output.H; oh++)
                {
                    for (int ow = 0; ow < output.W; ow++)
                        _output.Floats[Offset(_output.Desc, n, oc, od, oh, ow)] = (float)Sum(n, oc, od, oh, ow);
                }
            }
        }

        private double Sum(int n, int oc, int od, int oh, int ow)
        {
            Int3 kernel = _op.Kernel;
            Int3 size = _op.VirtualSize(_first.Desc.Shape.Size);
            double sum = _bias.Floats[Offset(_bias.Desc, 0, oc, 0, 0, 0)];
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
                            sum += (double)_weight.Floats[Offset(_weight.Desc, oc, ic, kd, kh, kw)] * Source(n, ic, d, h, w);
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
                ? _first.Floats[Offset(_first.Desc, n, ic, d / factor.D, h / factor.H, w / factor.W)]
                : _second.Floats[Offset(_second.Desc, n, ic - firstChannels, d, h, w)];
        }

        private static long Offset(TensorDesc desc, int n, int c, int d, int h, int w)
        {
            Shape shape = desc.Shape;
            long voxel = (((long)d * shape.H) + h) * shape.W + w;
            return desc.Layout == Layout.NCDHW
                ? ((((long)n * shape.C) + c) * shape.Voxels) + voxel
                : (((n * shape.Voxels) + voxel) * desc.ChannelPitch) + c;
        }
    }
}
