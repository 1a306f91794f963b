using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The segmentation head streamed into the accumulator: 1x1x1 convolution, softmax over classes (or none) and <see cref="GaussianAccumulateOp"/> in one
/// pass over the voxels, so that full-resolution logits never exist.
/// Inputs: source (1, C, D, H, W), weight (K, C, 1, 1, 1), bias (1, K, 1, 1, 1), importance map (1, 1, D, H, W).
/// </summary>
/// <param name="Softmax">Whether probabilities are added, or else logits.</param>
public sealed record HeadAccumulateOp(bool Softmax = true) : Op("head_accumulate")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => HeadAccumulateCpu.Kernels;

    /// <inheritdoc/>
    public override bool HasSideEffect => true;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        Shape weight = inputs[1].Shape;
        if (source.N != 1)
            throw new ShapeException(Name, $"source {source} must have batch 1");
        if (weight.C != source.C || weight.Size != Int3.One)
            throw new ShapeException(Name, $"weight {weight} must be 1x1x1 over the {source.C} channels of the source");
        if (inputs[2].Shape != Shape.Channels(weight.N))
            throw new ShapeException(Name, $"bias {inputs[2].Shape} must have one value for each of {weight.N} classes");
        if (inputs[3].Shape != source with { C = 1 })
            throw new ShapeException(Name, $"importance map {inputs[3].Shape} must be one channel of the source's size {source.Size}");
        return TensorDesc.None;
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        long logits = inputs[0].Shape.Voxels * inputs[1].Shape.N;
        return new WorkEstimate((2L * inputs[0].Shape.C + 6) * logits, inputs[0].ByteLength + (2 * logits * sizeof(float)) + inputs[3].ByteLength);
    }

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}_k{inputs[1].Shape.N}{(Softmax ? "" : "_logits")}";
}
