namespace STUNet.Core;

/// <summary>Through this an op records its gradient: given dL/d(output), ops that make dL/d(input) for every input that needs it.</summary>
public interface IGradientRecorder
{
    /// <summary>The inputs of the op.</summary>
    IReadOnlyList<RecordedValue> Inputs { get; }

    /// <summary>The output of the op.</summary>
    RecordedValue Output { get; }

    /// <summary>dL/d(output), of the output's description.</summary>
    RecordedValue OutputGradient { get; }

    /// <summary>Whether the gradient of an input is wanted.</summary>
    /// <param name="input">Index of the input.</param>
    bool Needs(int input);

    /// <summary>Records an op of the backward pass.</summary>
    /// <param name="op">The op.</param>
    /// <param name="label">What it computes, such as <c>weight_gradient</c>; the label of the op whose gradient it is stands before it.</param>
    /// <param name="inputs">Its inputs.</param>
    RecordedValue Apply(Op op, string label, params ReadOnlySpan<RecordedValue> inputs);

    /// <summary>Says what this op contributes to the gradient of an input; contributions of all readers of a value are added up.</summary>
    /// <param name="input">Index of the input.</param>
    /// <param name="gradient">dL/d(input), of the input's description.</param>
    void Add(int input, RecordedValue gradient);
}
