using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormParameterGradientGpu"/>'s body is told.</summary>
internal struct InstanceNormParameterGradientArguments
{
    public GpuTensor Sums;
    public GpuTensor Y;
    public int Sum;
    public int Samples;
    public int Channels;
}

/// <summary>y[c] = sum over samples, in order, of sums[n, sum, c]. Sums [n, 2, channels], output [channels]. One thread computes one channel.</summary>
internal sealed class InstanceNormParameterGradientGpu : GpuKernel<InstanceNormParameterGradientOp, InstanceNormParameterGradientArguments>
{
    public override string Name => "ParameterGradientPlainGpu";

    protected override Action<InstanceNormParameterGradientArguments> Body => AddSamples;

    protected override InstanceNormParameterGradientArguments Prepare(
        InstanceNormParameterGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.C);
        return new InstanceNormParameterGradientArguments
        {
            Sums = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            Sum = op.Sum,
            Samples = shape.N,
            Channels = shape.C,
        };
    }

    private static void AddSamples(InstanceNormParameterGradientArguments k)
    {
        int c = Grid.GlobalIndex.X;
        if (c >= k.Channels)
            return;
        float sum = 0;
        for (int n = 0; n < k.Samples; n++)
            sum += k.Sums.At((2 * n) + k.Sum, c);
        k.Y.At(0, c) = sum;
    }
}
