using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Sum of every channel over batch and voxels, (1, C, 1, 1, 1) as parameters lie. float32 whatever the source's element type. Input: source. The gradient of a bias.</summary>
public sealed record ChannelSumOp() : Op("channel_sum")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => ChannelSumCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => new(Shape.Channels(inputs[0].Shape.C), Layout.NCDHW);

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(inputs[0].Shape.Count, inputs[0].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
