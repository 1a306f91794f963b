using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SgdGpu"/>'s body is told.</summary>
internal struct SgdArguments
{
    public ArrayView<float> Parameter;
    public ArrayView<float> Velocity;
    public ArrayView<float> Gradient;
    public ArrayView<float> Norm;
    public float Momentum;
    public float WeightDecay;
    public float MaxNorm;
    public float Unscale;
    public float Rate;
    public int Count;
}

/// <summary>
/// u = 1 / loss scale; d = g * min(1, MaxNorm / (u * norm + 1e-6)) * u + WeightDecay * w; v = Momentum * v + d; w = w - rate * (d + Momentum * v); nothing where the norm is not finite.
/// All in memory order. One thread updates one element; the norm is read on the device, the rate is an argument of the run.
/// </summary>
internal sealed class SgdGpu : GpuKernel<SgdOp, SgdArguments>
{
    protected override Action<SgdArguments> Body => Update;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is SgdOp && operands[0].DType == DType.F32;

    protected override SgdArguments Prepare(SgdOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        long count = operands[0].Desc.ElementCount;
        config = GpuLaunch.OneThreadPer(count);
        return new SgdArguments
        {
            Parameter = GpuTensor.BytesOf<float>(operands[0]),
            Velocity = GpuTensor.BytesOf<float>(operands[1]),
            Gradient = GpuTensor.BytesOf<float>(operands[2]),
            Norm = GpuTensor.BytesOf<float>(operands[3]),
            Momentum = op.Momentum,
            WeightDecay = op.WeightDecay,
            MaxNorm = op.MaxNorm,
            Count = (int)count,
        };
    }

    protected override void Refresh(ref SgdArguments arguments, in RunArguments run) =>
        (arguments.Rate, arguments.Unscale) = (run.LearningRate, 1 / run.LossScale);

    private static void Update(SgdArguments k)
    {
        int i = Grid.GlobalIndex.X;
        float norm = k.Norm[0];
        if (i >= k.Count || !GradientClipGpu.IsFinite(norm))
            return;
        float clip = GradientClipGpu.Factor(norm, k.MaxNorm, k.Unscale);
        float weight = k.Parameter[i];
        float d = (k.Gradient[i] * clip) + (k.WeightDecay * weight);
        float velocity = (k.Momentum * k.Velocity[i]) + d;
        k.Velocity[i] = velocity;
        k.Parameter[i] = weight - (k.Rate * (d + (k.Momentum * velocity)));
    }
}
