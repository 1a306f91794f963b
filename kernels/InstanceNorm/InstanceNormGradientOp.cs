using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of an instance norm for its source, through the statistics too: with V voxels and the sums of <see cref="InstanceNormGradientSumsOp"/>
/// dx = gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V), xn = (x - mean) * rstd.
/// Inputs: source x, its statistics, gamma (1, C, 1, 1, 1), the sums, dy. With an activation dy is that of its output, as for the sums, and beta (1, C, 1, 1, 1) is an input too.
/// </summary>
/// <param name="ActivationSlope">Slope of the leaky ReLU behind the norm for negative values; 1 for no activation.</param>
public sealed record InstanceNormGradientOp(float ActivationSlope) : Op("instance_norm_gradient")
{
    /// <summary>Of a norm alone.</summary>
    public InstanceNormGradientOp()
        : this(ActivationSlope: 1)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => InstanceNormCpu.GradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        Shape perSample = new(source.N, source.C, 2, 1, 1);
        if (inputs[1].Shape != perSample || inputs[3].Shape != perSample || inputs[2].Shape != Shape.Channels(source.C) || inputs[4].Shape != source)
            throw new ShapeException(Name, $"statistics {inputs[1].Shape}, gamma {inputs[2].Shape}, sums {inputs[3].Shape} or gradient {inputs[4].Shape} do not belong to source {source}");
        if (inputs[4].DType != inputs[0].DType)
            throw new ShapeException(Name, $"source of {inputs[0].DType} and gradient of {inputs[4].DType} must have one element type");
        if (ActivationSlope != 1 && (inputs.Length != 6 || inputs[5].Shape != Shape.Channels(source.C)))
            throw new ShapeException(Name, $"the sign of what is activated takes beta of {source.C} channels behind source, statistics, gamma, sums and gradient");
        return new TensorDesc(source, dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(6 * output.Shape.Count, inputs[0].ByteLength + inputs[4].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {output.Shape}{(ActivationSlope == 1 ? "" : "_lrelu")}";
}
