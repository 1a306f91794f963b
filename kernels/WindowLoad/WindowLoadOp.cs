using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Loads one window of <see cref="RunArguments.Source"/>, mirrored along the run's flip axes: y[0, c, q] = source[c, origin + flip(q)].
/// No input. The window lies inside the source (smaller volumes are padded before).
/// </summary>
/// <param name="Channels">Channels of the source.</param>
/// <param name="Patch">Size of the window (z, y, x).</param>
public sealed record WindowLoadOp(int Channels, Int3 Patch) : Op("window_load")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => WindowLoadCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => new(new Shape(1, Channels, Patch));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(0, 2 * output.ByteLength);
}
