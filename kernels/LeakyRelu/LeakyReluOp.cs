using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>y = x for x &gt; 0, slope * x otherwise. Input: source.</summary>
/// <param name="Slope">Slope for negative values, 0 &lt; slope &lt; 1; 0.01 in STU-Net.</param>
public sealed record LeakyReluOp(float Slope) : Op("leaky_relu")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => LeakyReluCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => new(inputs[0].Shape, dtype: inputs[0].DType);

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(new LeakyReluGradientOp(Slope), "gradient", recorder.Output, recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(output.Shape.Count, inputs[0].ByteLength + output.ByteLength);
}
