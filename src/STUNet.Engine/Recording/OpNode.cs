using STUNet.Core;

namespace STUNet.Engine;

/// <summary>One application of an op.</summary>
/// <param name="Op">The op.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Output">Its output.</param>
/// <param name="SideOutput">Its side output, for ops that have one.</param>
public sealed record OpNode(Op Op, IReadOnlyList<Value> Inputs, Value Output, Value? SideOutput = null)
{
    internal TensorDesc[] InputDescs => [.. Inputs.Select(input => input.Desc)];

    /// <summary>Side output, if any, and output: what the node makes, in the order of a kernel's operands.</summary>
    internal IEnumerable<Value> Made => SideOutput is null ? [Output] : [SideOutput, Output];
}
