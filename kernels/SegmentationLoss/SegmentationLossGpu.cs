using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SegmentationLossGpu"/>'s body is told.</summary>
internal struct SegmentationLossArguments
{
    public SegmentationLossGpuTerms Terms;
    public GpuTensor Y;
    public float Weight;
}

/// <summary>
/// The loss and its parts from the sums of <see cref="SegmentationLossSumsOp"/> [n, sum, class], each times the weight: total, cross entropy, Dice. One group:
/// thread t takes classes t, t + 128, ..., samples in order, and the sums of the threads are added in their order.
/// </summary>
internal sealed class SegmentationLossGpu : GpuKernel<SegmentationLossOp, SegmentationLossArguments>
{
    private const int GroupSize = 128;

    protected override Action<SegmentationLossArguments> Body => Combine;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is SegmentationLossOp && GpuTensor.FitAll(operands[2..]);

    protected override SegmentationLossArguments Prepare(SegmentationLossOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        config = new KernelConfig(1, GroupSize);
        return new SegmentationLossArguments
        {
            Terms = SegmentationLossGpuTerms.From(op.Loss, operands[2]),
            Y = GpuTensor.From(operands[^1]),
            Weight = op.Weight,
        };
    }

    private static void Combine(SegmentationLossArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize);
        GpuSum entropies = default;
        for (int label = Group.IdxX; label < k.Terms.Classes; label += GroupSize)
        {
            for (int n = 0; n < k.Terms.Samples; n++)
                entropies.Add(k.Terms.Sums.At((n * SegmentationLossSumsOp.Sums) + SegmentationLossSumsOp.Entropy, label));
        }

        GpuSum fractions = default;
        for (int label = k.Terms.FirstClass + Group.IdxX; label < k.Terms.Classes; label += GroupSize)
        {
            for (int n = 0; n < k.Terms.DiceSamples; n++)
                fractions.Add(k.Terms.Numerator(n, label) / k.Terms.Denominator(n, label));
        }

        float entropy = GpuGroup.Sum(shared, entropies.Value, 0, 1, GroupSize) / k.Terms.EntropyCount();
        float dice = -GpuGroup.Sum(shared, fractions.Value, 0, 1, GroupSize) / k.Terms.DiceTerms;
        if (Group.IdxX == 0)
        {
            k.Y.At(0, 0) = k.Weight * (entropy + dice);
            k.Y.At(0, 1) = k.Weight * entropy;
            k.Y.At(0, 2) = k.Weight * dice;
        }
    }
}
