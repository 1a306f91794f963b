using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Adds a window's probabilities to <see cref="RunArguments.Accumulator"/>: for window voxel q (z, y, x), mirrored back along the run's flip axes to
/// p = flip(q), and class k: acc[origin + p, k] += weight * g[p] * x[q, k]; acc[origin + p, K] += weight * g[p].
/// Inputs: probabilities (1, K, D, H, W), importance map g (1, 1, D, H, W).
/// </summary>
public sealed record GaussianAccumulateOp() : Op("gaussian_accumulate")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => GaussianAccumulateCpu.Kernels;

    /// <inheritdoc/>
    public override bool HasSideEffect => true;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        if (source.N != 1)
            throw new ShapeException(Name, $"source {source} must have batch 1");
        if (inputs[1].Shape != source with { C = 1 })
            throw new ShapeException(Name, $"importance map {inputs[1].Shape} must be one channel of the source's size {source.Size}");
        return TensorDesc.None;
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(2 * inputs[0].Shape.Count, 3 * inputs[0].ByteLength + inputs[1].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
