using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="AdamWGpu"/>'s body is told.</summary>
internal struct AdamWArguments
{
    public ArrayView<float> Parameter;
    public ArrayView<float> First;
    public ArrayView<float> Second;
    public ArrayView<float> Gradient;
    public ArrayView<float> Norm;
    public float Beta1;
    public float Beta2;
    public float New1;
    public float New2;
    public float Epsilon;
    public float WeightDecay;
    public float MaxNorm;
    public float Unscale;
    public float Keep;
    public float Rate;
    public float Root;
    public int Count;
}

/// <summary>
/// The formula of <see cref="AdamWOp"/>; all in memory order, one thread an element. The norm is read on the device, what the rate and the number of the step
/// decide are arguments of the run.
/// </summary>
internal sealed class AdamWGpu : GpuKernel<AdamWOp, AdamWArguments>
{
    protected override Action<AdamWArguments> Body => Update;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is AdamWOp && operands[0].DType == DType.F32;

    protected override AdamWArguments Prepare(AdamWOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[0].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        return new AdamWArguments
        {
            Parameter = GpuTensor.BytesOf<float>(operands[0]),
            First = GpuTensor.BytesOf<float>(operands[1]),
            Second = GpuTensor.BytesOf<float>(operands[2]),
            Gradient = GpuTensor.BytesOf<float>(operands[3]),
            Norm = GpuTensor.BytesOf<float>(operands[4]),
            Beta1 = op.Beta1,
            Beta2 = op.Beta2,
            New1 = (float)(1 - (double)op.Beta1),
            New2 = (float)(1 - (double)op.Beta2),
            Epsilon = op.Epsilon,
            WeightDecay = op.WeightDecay,
            MaxNorm = op.MaxNorm,
            Count = (int)count,
        };
    }

    protected override void Refresh(ref AdamWArguments arguments, in RunArguments run)
    {
        AdamWFactors factors = AdamWFactors.Of(arguments.Beta1, arguments.Beta2, arguments.WeightDecay, run.LearningRate, run.OptimiserStep);
        (arguments.Keep, arguments.Rate, arguments.Root) = ((float)factors.Keep, (float)factors.Rate, (float)factors.Root);
        arguments.Unscale = 1 / run.LossScale;
    }

    private static void Update(AdamWArguments k)
    {
        int i = Grid.GlobalIndex.X;
        float norm = k.Norm[0];
        if (i >= k.Count || !GradientClipGpu.IsFinite(norm))
            return;
        float gradient = k.Gradient[i] * GradientClipGpu.Factor(norm, k.MaxNorm, k.Unscale);
        float first = (k.Beta1 * k.First[i]) + (k.New1 * gradient);
        float second = (k.Beta2 * k.Second[i]) + (k.New2 * gradient * gradient);
        k.First[i] = first;
        k.Second[i] = second;
        k.Parameter[i] = (k.Parameter[i] * k.Keep) - (k.Rate * first / ((XMath.Sqrt(second) * k.Root) + k.Epsilon));
    }
}
