using STUNet.Core;

namespace STUNet.Engine;

/// <summary>One recorded application of an op.</summary>
/// <param name="Op">The op.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Output">Its output.</param>
public sealed record OpNode(Op Op, IReadOnlyList<Value> Inputs, Value Output)
{
    internal TensorDesc[] InputDescs => [.. Inputs.Select(input => input.Desc)];
}
