using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>y = a + b, element by element. Inputs: a, b of one shape.</summary>
public sealed record AddOp() : Op("add")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => AddCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs[0].Shape == inputs[1].Shape && inputs[0].DType == inputs[1].DType
        ? new TensorDesc(inputs[0].Shape, inputs[0].Layout, inputs[0].DType)
        : throw new ShapeException(Name, $"operands {inputs[0].Shape} {inputs[0].DType} and {inputs[1].Shape} {inputs[1].DType} must have one shape and element type");

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder)
    {
        recorder.Add(0, recorder.OutputGradient);
        recorder.Add(1, recorder.OutputGradient);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(output.Shape.Count, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);
}
