using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of <see cref="SegmentationLossOp"/> for the logits. With M terms in the mean of Dice, D the denominator and E the divisor of the cross
/// entropy, dL/dp = (-2 g / D + (2 I + s) / D^2) / M; through the softmax, or the sigmoid, plus (p - g) / E; zero where not annotated.
/// Inputs: logits, target, sums, dL/d(loss) of which the first channel counts. The gradient has the logits' element type.
/// </summary>
/// <param name="Loss">The loss.</param>
/// <param name="Weight">The weight, that of deep supervision.</param>
public sealed record SegmentationLossGradientOp(SegmentationLoss Loss, float Weight) : Op("segmentation_loss_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SegmentationLossCpu.GradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Loss.Validate(Name, inputs[0], inputs[1]);
        SegmentationLossOp.RequireSums(Name, inputs[0].Shape, inputs[2].Shape);
        if (inputs[3].Shape != Shape.Channels(SegmentationLossOp.Parts))
            throw new ShapeException(Name, $"gradient {inputs[3].Shape} is not that of a loss");
        return new TensorDesc(inputs[0].Shape, dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(8 * output.Shape.Count, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        $"{Name} {new SegmentationLossSumsOp(Loss).Problem(inputs, output)}";
}
