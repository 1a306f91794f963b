using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The channel of the largest value, the lowest on ties; a NaN is never the largest unless all are. Input: source, at most 65 536 channels.
/// Output: (N, 1, D, H, W), U8 up to 256 channels, else U16.
/// </summary>
public sealed record ArgMaxOp() : Op("argmax")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => ArgMaxCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        if (source.C > 65536)
            throw new ShapeException(Name, $"source {source} has more than 65536 channels");
        return new TensorDesc(source with { C = 1 }, dtype: source.C <= 256 ? DType.U8 : DType.U16);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(inputs[0].Shape.Count, inputs[0].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
