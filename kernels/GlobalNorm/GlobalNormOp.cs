using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>L2 norm of all elements of all inputs together, (1, 1, 1, 1, 1). Inputs: any number of gradients, as parameters lie.</summary>
public sealed record GlobalNormOp() : Op("global_norm")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => GlobalNormCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        foreach (TensorDesc input in inputs)
        {
            if (input.Layout != Layout.NCDHW)
                throw new ShapeException(Name, $"{input} must lie as parameters do, {Layout.NCDHW}");
        }

        return new TensorDesc(Shape.Channels(1), Layout.NCDHW);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        long elements = 0;
        foreach (TensorDesc input in inputs)
            elements += input.ElementCount;
        return new WorkEstimate(2 * elements, elements * sizeof(float));
    }

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} of {inputs.Length}, {Estimate(inputs, output).Bytes / sizeof(float)} elements";
}
