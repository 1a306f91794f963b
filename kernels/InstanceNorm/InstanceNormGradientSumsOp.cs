using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What the gradients of an instance norm y = xn * gamma + beta, xn = (x - mean) * rstd, are made of: for every sample and channel the sums over its
/// voxels of dy and of dy * xn. Inputs: source x, its statistics, dy. Output (N, C, 2, 1, 1): depth <see cref="Gradients"/> and <see cref="Products"/>.
/// </summary>
public sealed record InstanceNormGradientSumsOp() : Op("instance_norm_gradient_sums")
{
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
        return new TensorDesc(inputs[1].Shape);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(5 * inputs[0].Shape.Count, inputs[0].ByteLength + inputs[2].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
