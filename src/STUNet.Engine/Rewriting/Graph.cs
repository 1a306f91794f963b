namespace STUNet.Engine;

/// <summary>A recording that rewrites may change: ops in an order in which every value is made before it is read.</summary>
internal sealed class Graph
{
    private readonly HashSet<Value> _kept;

    public Graph(Tape tape)
    {
        Nodes = [.. tape.Nodes];
        _kept = [.. tape.Outputs.Values];
        FirstBackward = tape.ForwardNodes is { } count && count < tape.Nodes.Count ? tape.Nodes[count] : null;
        RemoveUnread();
    }

    public List<OpNode> Nodes { get; }

    /// <summary>The first op of the backward pass; null where there is none.</summary>
    public OpNode? FirstBackward { get; }

    /// <summary>The ops that read a value.</summary>
    public List<OpNode> ReadersOf(Value value) => [.. Nodes.Where(node => node.Inputs.Contains(value))];

    /// <summary>The only op that reads a value, or null when several do, none does, or the caller wants the value itself.</summary>
    public OpNode? OnlyReaderOf(Value value) => _kept.Contains(value) ? null : ReadersOf(value) is [OpNode reader] ? reader : null;

    /// <summary>Whether every reader satisfies a condition and the caller does not want the value itself.</summary>
    public bool AllReaders(Value value, Func<OpNode, bool> condition) => !_kept.Contains(value) && ReadersOf(value).All(condition);

    public OpNode? ProducerOf(Value value) => Nodes.Find(node => node.Made.Contains(value));

    public void Replace(OpNode old, params ReadOnlySpan<OpNode> replacement)
    {
        int at = Nodes.IndexOf(old);
        Nodes.RemoveAt(at);
        Nodes.InsertRange(at, replacement);
    }

    public void Remove(OpNode node) => Nodes.Remove(node);

    /// <summary>Drops ops whose result nobody reads, such as the segmentation heads of deep supervision in a plan for inference.</summary>
    public void RemoveUnread()
    {
        HashSet<Value> read = [.. _kept];
        for (int i = Nodes.Count - 1; i >= 0; i--)
        {
            if (Nodes[i].Op.HasSideEffect || Nodes[i].Made.Any(read.Contains))
                read.UnionWith(Nodes[i].Inputs);
            else
                Nodes.RemoveAt(i);
        }
    }
}
