using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of gamma or beta: one of the sums of <see cref="InstanceNormGradientSumsOp"/>, added up over the batch. Input: the sums. Output
/// (1, C, 1, 1, 1) as parameters lie.
/// </summary>
/// <param name="Sum">Depth of the sum: <see cref="InstanceNormGradientSumsOp.Products"/> for gamma, <see cref="InstanceNormGradientSumsOp.Gradients"/> for beta.</param>
public sealed record InstanceNormParameterGradientOp(int Sum) : Op("instance_norm_parameter_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => InstanceNormCpu.ParameterGradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs[0].Shape.D == 2 && Sum is 0 or 1
        ? new TensorDesc(Shape.Channels(inputs[0].Shape.C), Layout.NCDHW)
        : throw new ShapeException(Name, $"{inputs[0].Shape} are no sums of an instance norm's gradient");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(inputs[0].Shape.Count, inputs[0].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape} {Sum}";
}
