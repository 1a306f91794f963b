using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The value of <see cref="SegmentationLoss"/> times a weight. Inputs: logits, target, the sums of <see cref="SegmentationLossSumsOp"/>. Output
/// (1, 3, 1, 1, 1): weight times total, cross entropy, Dice. Only the total has a gradient; the parts are for reading.
/// </summary>
/// <param name="Loss">The loss.</param>
/// <param name="Weight">The weight, that of deep supervision.</param>
public sealed record SegmentationLossOp(SegmentationLoss Loss, float Weight) : Op("segmentation_loss")
{
    /// <summary>Channels of the output: total, cross entropy, Dice.</summary>
    public const int Parts = 3;

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SegmentationLossCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Loss.Validate(Name, inputs[0], inputs[1]);
        RequireSums(Name, inputs[0].Shape, inputs[2].Shape);
        return new TensorDesc(Shape.Channels(Parts), Layout.NCDHW);
    }

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(
            new SegmentationLossGradientOp(Loss, Weight), "gradient", recorder.Inputs[0], recorder.Inputs[1], recorder.Inputs[2], recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(inputs[2].Shape.Count, inputs[2].ByteLength);

    internal static void RequireSums(string op, Shape logits, Shape sums)
    {
        if (sums != new Shape(logits.N, logits.C, SegmentationLossSumsOp.Sums, 1, 1))
            throw new ShapeException(op, $"sums {sums} do not belong to logits {logits}");
    }
}
