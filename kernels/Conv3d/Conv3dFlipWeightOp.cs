using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A weight as the data gradient of stride 1 convolves with it: y[ic, oc, k] = w[oc, ic, kernel - 1 - k]. Input: weight (OC, IC, KD, KH, KW). Output
/// (IC, OC, KD, KH, KW) as parameters lie.
/// </summary>
public sealed record Conv3dFlipWeightOp() : Op("conv3d_flip_weight")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => Conv3dCpu.FlipWeightKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) =>
        new(new Shape(inputs[0].Shape.C, inputs[0].Shape.N, inputs[0].Shape.Size), Layout.NCDHW);

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(0, inputs[0].ByteLength + output.ByteLength);
}
