using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What the gradients of an instance norm y = xn * gamma + beta, xn = (x - mean) * rstd, are made of: for every sample and channel the sums over its
/// voxels of dy and of dy * xn. Inputs: source x, its statistics, dy. Output (N, C, 2, 1, 1): depth <see cref="Gradients"/> and <see cref="Products"/>.
/// With an activation dy is that of its output, and counts times the slope where y is not above 0; gamma and beta (1, C, 1, 1, 1) are inputs then too, so that y can be found anew.
/// </summary>
/// <param name="ActivationSlope">Slope of the leaky ReLU behind the norm for negative values; 1 for no activation.</param>
public sealed record InstanceNormGradientSumsOp(float ActivationSlope) : Op("instance_norm_gradient_sums")
{
    /// <summary>Of a norm alone.</summary>
    public InstanceNormGradientSumsOp()
        : this(ActivationSlope: 1)
    {
    }

    /// <summary>Depth of the sums of dy.</summary>
    public const int Gradients = 0;

    /// <summary>Depth of the sums of dy * xn.</summary>
    public const int Products = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => InstanceNormCpu.GradientSumsKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        if (inputs[1].Shape != new Shape(source.N, source.C, 2, 1, 1) || inputs[2].Shape != source)
            throw new ShapeException(Name, $"statistics {inputs[1].Shape} and gradient {inputs[2].Shape} do not belong to source {source}");
        if (inputs[2].DType != inputs[0].DType)
            throw new ShapeException(Name, $"source of {inputs[0].DType} and gradient of {inputs[2].DType} must have one element type");
        if (ActivationSlope != 1 && (inputs.Length != 5 || inputs[3].Shape != Shape.Channels(source.C) || inputs[4].Shape != Shape.Channels(source.C)))
            throw new ShapeException(Name, $"the sign of what is activated takes gamma and beta of {source.C} channels behind source, statistics and gradient");
        return new TensorDesc(inputs[1].Shape);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(5 * inputs[0].Shape.Count, inputs[0].ByteLength + inputs[2].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}{(ActivationSlope == 1 ? "" : "_lrelu")}";
}
