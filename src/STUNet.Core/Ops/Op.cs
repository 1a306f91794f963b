namespace STUNet.Core;

/// <summary>
/// One operation: attributes only, compared by value. The op validates shapes (once, while a network is recorded), estimates its work and knows
/// its CPU kernels; other devices list their kernels themselves.
/// </summary>
/// <param name="Name">Short name for reports, such as <c>conv3d</c>.</param>
public abstract record Op(string Name)
{
    /// <summary>CPU kernels in order of preference; the last is the plain reference and supports everything.</summary>
    public abstract IReadOnlyList<IKernel> CpuKernels { get; }

    /// <summary>True for an op that writes outside of the plan, or into its inputs; it is kept though nothing reads its output.</summary>
    public virtual bool HasSideEffect => WrittenInputs.Count > 0;

    /// <summary>Inputs that the op changes in place: parameters and what belongs to them.</summary>
    public virtual IReadOnlyList<int> WrittenInputs => [];

    /// <summary>The output for given inputs, without channel padding. The only place where shapes are validated.</summary>
    /// <param name="inputs">Inputs in the order the op documents.</param>
    /// <exception cref="ShapeException">The inputs do not fit the op.</exception>
    public abstract TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs);

    /// <summary>
    /// A second, small result that falls off while the output is made, such as its statistics; null for none. Kernels get it as the operand before
    /// the output.
    /// </summary>
    /// <param name="inputs">Inputs in the order the op documents.</param>
    public virtual TensorDesc? InferSideOutput(ReadOnlySpan<TensorDesc> inputs) => null;

    /// <summary>Records the ops that make the gradients of the inputs from that of the output.</summary>
    /// <param name="recorder">Where to record.</param>
    /// <exception cref="NotSupportedException">The op has no gradient: it only occurs in inference, or only in a backward pass.</exception>
    public virtual void RecordGradient(IGradientRecorder recorder) =>
        throw new NotSupportedException($"{Name} has no gradient; record it behind the loss, or not at all.");

    /// <summary>The work for given inputs and output.</summary>
    /// <param name="inputs">Inputs.</param>
    /// <param name="output">Output.</param>
    public abstract WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output);

    /// <summary>The problem as one string for logs, tests and benchmarks, such as <c>conv3d n1ic32oc32_id128ih128iw128_k3x3x3s1x1x1</c>.</summary>
    /// <param name="inputs">Inputs.</param>
    /// <param name="output">Output.</param>
    public virtual string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {output.Shape}";
}
