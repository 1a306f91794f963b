using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Some channels of a tensor: y[c] = x[First + c] for c &lt; Count. Input: source. The gradient of a concatenation.</summary>
/// <param name="First">First channel.</param>
/// <param name="Count">Number of channels.</param>
public sealed record SliceChannelsOp(int First, int Count) : Op("slice_channels")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SliceChannelsCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => First >= 0 && Count > 0 && First + Count <= inputs[0].Shape.C
        ? new TensorDesc(inputs[0].Shape with { C = Count }, dtype: inputs[0].DType)
        : throw new ShapeException(Name, $"channels {First} to {First + Count - 1} do not exist in {inputs[0].Shape}");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(0, 2 * output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape} {First}+{Count}";
}
