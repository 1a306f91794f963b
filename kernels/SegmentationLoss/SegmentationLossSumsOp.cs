using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What <see cref="SegmentationLoss"/> is made of, per sample and class. Inputs: logits (N, K, ...), target U8. Output (N, K, 5, 1, 1), the sums at
/// the depths named below.
/// </summary>
/// <param name="Loss">The loss.</param>
public sealed record SegmentationLossSumsOp(SegmentationLoss Loss) : Op("segmentation_loss_sums")
{
    /// <summary>Depth of I: the sum of p * g.</summary>
    public const int Overlap = 0;

    /// <summary>Depth of P: the sum of p.</summary>
    public const int Predicted = 1;

    /// <summary>Depth of G: the sum of g.</summary>
    public const int Present = 2;

    /// <summary>Depth of the summed cross entropy; of labels that of the voxels of this class.</summary>
    public const int Entropy = 3;

    /// <summary>Depth of the number of annotated voxels, the same for every class.</summary>
    public const int Annotated = 4;

    /// <summary>Number of sums.</summary>
    public const int Sums = 5;

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SegmentationLossCpu.SumsKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Loss.Validate(Name, inputs[0], inputs[1]);
        return new TensorDesc(new Shape(inputs[0].Shape.N, inputs[0].Shape.C, Sums, 1, 1));
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(6 * inputs[0].Shape.Count, inputs[0].ByteLength + inputs[1].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape} {Loss.Dice}{(Loss.BatchDice ? " batch" : "")}{(Loss.HasRegions ? " regions" : "")}{(Loss.IgnoreLabel is { } label ? $" ignore {label}" : "")}";
}
