using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Channels of two tensors one after the other. Inputs: first, second; batch and size must agree.</summary>
public sealed record ConcatChannelsOp() : Op("concat_channels")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => ConcatChannelsCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape first = inputs[0].Shape;
        Shape second = inputs[1].Shape;
        if (first.N != second.N || first.Size != second.Size)
            throw new ShapeException(Name, $"{first} and {second} must have one batch and size; is the patch divisible by the product of the strides?");
        if (inputs[0].DType != inputs[1].DType)
            throw new ShapeException(Name, $"operands of {inputs[0].DType} and {inputs[1].DType} must have one element type");
        return new TensorDesc(first with { C = first.C + second.C }, dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder)
    {
        int split = recorder.Inputs[0].Desc.Shape.C;
        if (recorder.Needs(0))
            recorder.Add(0, recorder.Apply(new SliceChannelsOp(0, split), "gradient.0", recorder.OutputGradient));
        if (recorder.Needs(1))
            recorder.Add(1, recorder.Apply(new SliceChannelsOp(split, recorder.Inputs[1].Desc.Shape.C), "gradient.1", recorder.OutputGradient));
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(0, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);
}
