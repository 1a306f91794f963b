using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The formula of <see cref="Conv3dOp"/> as plain loops with double accumulation, rounded once: the oracle of the tests and the last resort.
/// Any layout and pitch. One piece of the parallel loop is one output slice (n, od), so the result does not depend on the threads.
/// </summary>
internal sealed class Conv3dReference : IKernel
{
    public string Name => "ForwardReference";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dOp && Operands.AreFloats(operands);

    public double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => double.MaxValue;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new ForwardStep((Conv3dOp)op, operands.ToArray(), ((CpuDevice)device).Workers);

    private sealed class ForwardStep(Conv3dOp op, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        private readonly Conv3dOp _op = op;
        private readonly TensorView[] _operands = operands;
        private readonly TensorView _first = operands[0];
        private readonly TensorView _second = operands[op.Sources - 1];
        private readonly TensorView _weight = operands[op.WeightOperand];
        private readonly TensorView _bias = operands[op.BiasOperand];
        private readonly TensorView _output = operands[^1];

        public override void Run(RunContext context)
        {
            base.Run(context);
            if (_op.StatisticsEpsilon is { } epsilon)
                WriteStatistics(epsilon);
        }

        protected override void Visit(int n, int d, int h, int w)
        {
            for (int oc = 0; oc < _output.Desc.Shape.C; oc++)
                At(_output, n, oc, d, h, w) = (float)Finish(Sum(n, oc, d, h, w), n, oc, d, h, w);
        }

        private double Finish(double sum, int n, int oc, int d, int h, int w)
        {
            if (_op.NormalisedAddendSlope is not { } slope)
                return sum;
            sum += Normalised(_operands[_op.AddendOperand], _op.AddendOperand + 1, n, oc, d, h, w);
            return sum < 0 ? sum * slope : sum;
        }

        private double Normalised(in TensorView source, int statistics, int n, int c, int d, int h, int w)
        {
            double mean = At(_operands[statistics], n, c, 0, 0, 0);
            double rstd = At(_operands[statistics], n, c, 1, 0, 0);
            return ((At(source, n, c, d, h, w) - mean) * rstd * At(_operands[statistics + 1], 0, c, 0, 0, 0)) + At(_operands[statistics + 2], 0, c, 0, 0, 0);
        }

        private void WriteStatistics(float epsilon)
        {
            Shape shape = _output.Desc.Shape;
            for (int n = 0; n < shape.N; n++)
            {
                for (int c = 0; c < shape.C; c++)
                {
                    double mean = MeanOf(n, c, value => value);
                    double variance = MeanOf(n, c, value => (value - mean) * (value - mean));
                    At(_operands[^2], n, c, 0, 0, 0) = (float)mean;
                    At(_operands[^2], n, c, 1, 0, 0) = (float)(1 / Math.Sqrt(variance + epsilon));
                }
            }
        }

        private double MeanOf(int n, int c, Func<double, double> term)
        {
            Shape shape = _output.Desc.Shape;
            double sum = 0;
            for (int d = 0; d < shape.D; d++)
            {
                for (int h = 0; h < shape.H; h++)
                {
                    for (int w = 0; w < shape.W; w++)
                        sum += term(At(_output, n, c, d, h, w));
                }
            }

            return sum / shape.Voxels;
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
                            sum += At(_weight, oc, ic, kd, kh, kw) * Source(n, ic, d, h, w);
                    }
                }
            }

            return sum;
        }

        private double Source(int n, int ic, int d, int h, int w)
        {
            if (_op.NormalisedSourceSlope is { } slope)
            {
                double value = Normalised(_first, _op.SourceStatisticsOperand, n, ic, d, h, w);
                return value < 0 ? value * slope : value;
            }

            int firstChannels = _first.Desc.Shape.C;
            Int3 factor = _op.FirstSourceFactor;
            return ic < firstChannels
                ? At(_first, n, ic, d / factor.D, h / factor.H, w / factor.W)
                : At(_second, n, ic - firstChannels, d, h, w);
        }
    }
}
