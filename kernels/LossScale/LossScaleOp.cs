using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A tensor of <see cref="RunArguments.LossScale"/>: where the backward pass of a scaled loss begins. All gradients come out multiplied by it, which
/// <see cref="SgdOp"/> and <see cref="AdamWOp"/> undo. No input.
/// </summary>
/// <param name="Output">What to make: the description of the loss.</param>
public sealed record LossScaleOp(TensorDesc Output) : Op("loss_scale")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => LossScaleCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs.IsEmpty ? Output : throw new ShapeException(Name, "takes no input");

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(0, output.ByteLength);
}
