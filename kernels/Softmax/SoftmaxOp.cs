using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Softmax over channels: y[c] = exp(x[c] - max) / sum of exp(x - max). Input: source.
/// </summary>
public sealed record SoftmaxOp() : Op("softmax")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SoftmaxCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => new(inputs[0].Shape);

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(new SoftmaxGradientOp(), "gradient", recorder.Output, recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(4 * output.Shape.Count, inputs[0].ByteLength + output.ByteLength);
}
