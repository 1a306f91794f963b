using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Converts the element type among F32, F16 and BF16, to nearest with ties to even. Input: source. The layout stays.</summary>
/// <param name="Target">Element type of the output.</param>
public sealed record CastOp(DType Target) : Op("cast")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => CastCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) =>
        inputs[0].DType is DType.F32 or DType.F16 or DType.BF16 && Target is DType.F32 or DType.F16 or DType.BF16
            ? new TensorDesc(inputs[0].Shape, inputs[0].Layout, Target)
            : throw new ShapeException(Name, $"cannot convert {inputs[0].DType} to {Target}");

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(new CastOp(recorder.Inputs[0].Desc.DType), "gradient", recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(0, inputs[0].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {output.Shape} {inputs[0].DType} to {Target}";
}
