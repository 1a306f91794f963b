using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A tensor of one value: where a backward pass begins, and what stands for a parameter's gradient where the loss does not depend on it. No input.</summary>
/// <param name="Value">The value.</param>
/// <param name="Output">What to make, without channel padding.</param>
public sealed record FillOp(float Value, TensorDesc Output) : Op("fill")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => FillCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs.IsEmpty ? Output : throw new ShapeException(Name, "takes no input");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(0, output.ByteLength);
}
