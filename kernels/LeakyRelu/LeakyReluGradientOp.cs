using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// dx = dy where y &gt; 0, slope * dy elsewhere; y, the output of <see cref="LeakyReluOp"/>, has the sign of its source. Inputs: y, dy of one shape.
/// </summary>
/// <param name="Slope">Slope for negative values, above 0.</param>
public sealed record LeakyReluGradientOp(float Slope) : Op("leaky_relu_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => LeakyReluCpu.GradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs[0].Shape == inputs[1].Shape && inputs[0].DType == inputs[1].DType
        ? new TensorDesc(inputs[0].Shape, dtype: inputs[0].DType)
        : throw new ShapeException(Name, $"output {inputs[0].Shape} {inputs[0].DType} and gradient {inputs[1].Shape} {inputs[1].DType} must have one shape and element type");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(output.Shape.Count, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);
}
