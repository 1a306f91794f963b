using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>dx[c] = y[c] * (dy[c] - sum over k of dy[k] * y[k]) with y the output of <see cref="SoftmaxOp"/>. Inputs: y, dy of one shape.</summary>
public sealed record SoftmaxGradientOp() : Op("softmax_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SoftmaxCpu.GradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs[0].Shape == inputs[1].Shape
        ? new TensorDesc(inputs[0].Shape)
        : throw new ShapeException(Name, $"output {inputs[0].Shape} and gradient {inputs[1].Shape} must have one shape");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(4 * output.Shape.Count, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);
}
