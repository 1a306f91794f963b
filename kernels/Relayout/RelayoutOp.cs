using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Changes the order of elements in memory. Input: source. Element type and sizes stay.</summary>
/// <param name="Target">Layout of the output.</param>
public sealed record RelayoutOp(Layout Target) : Op("relayout")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => RelayoutCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => new(inputs[0].Shape, Target, inputs[0].DType);

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(new RelayoutOp(recorder.Inputs[0].Desc.Layout), "gradient", recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(0, inputs[0].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {output.Shape} to {Target}";
}
