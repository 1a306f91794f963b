using STUNet.Core;

namespace STUNet.Engine;

/// <summary>A value of a recording, in static single assignment: a description, no data.</summary>
public sealed class Value
{
    internal Value(ValueKind kind, TensorDesc desc, string name)
    {
        Kind = kind;
        Desc = desc;
        Name = name;
    }

    /// <summary>Where its memory comes from.</summary>
    public ValueKind Kind { get; }

    /// <summary>What it is, without channel padding.</summary>
    public TensorDesc Desc { get; }

    /// <summary>Name of an input or parameter; label of the op that produced an intermediate.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Desc}";
}
