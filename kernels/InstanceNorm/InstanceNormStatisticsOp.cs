using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Mean and reciprocal standard deviation of every sample and channel over its voxels, with the biased variance:
/// rstd = 1 / sqrt(var + epsilon). Input: source. Output (N, C, 2, 1, 1): depth 0 holds the mean, depth 1 the reciprocal standard deviation.
/// Kernels must be stable for |mean| much larger than the standard deviation.
/// </summary>
/// <param name="Epsilon">Added to the variance; 1e-5 in STU-Net.</param>
public sealed record InstanceNormStatisticsOp(float Epsilon) : Op("instance_norm_statistics")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => InstanceNormCpu.StatisticsKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) =>
        new(new Shape(inputs[0].Shape.N, inputs[0].Shape.C, 2, 1, 1));

    /// <inheritdoc/>
    /// <remarks>Nothing to record: <see cref="InstanceNormApplyOp"/> makes the gradient of the source as a whole.</remarks>
    public override void RecordGradient(IGradientRecorder recorder) =>
        throw new InvalidOperationException($"{Name}: only {nameof(InstanceNormApplyOp)} may read statistics in a recording that has a backward pass.");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(4 * inputs[0].Shape.Count, inputs[0].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
