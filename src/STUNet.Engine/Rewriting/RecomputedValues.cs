using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// Lets the backward pass compute values of the forward pass anew: the op that made the value, and those before it that are recomputed too, are
/// repeated right before its first reader there. The original then lives no longer than the forward pass needs it, and rewrites may fuse it away.
/// (Chen et al., "Training deep nets with sublinear memory cost", 2016.)
/// </summary>
internal sealed class RecomputedValues
{
    private readonly Graph _graph;
    private readonly Recompute _level;
    private readonly Dictionary<Value, OpNode> _producers;
    private readonly Dictionary<Value, Value> _again = [];
    private readonly List<OpNode> _nodes = [];

    private RecomputedValues(Graph graph, Recompute level, int forward)
    {
        _graph = graph;
        _level = level;
        _producers = graph.Nodes.Take(forward).ToDictionary(node => node.Output);
    }

    /// <summary>Rewrites a graph that has a backward pass.</summary>
    /// <param name="graph">The graph to change; not yet rewritten otherwise.</param>
    /// <param name="level">What to recompute.</param>
    public static void Apply(Graph graph, Recompute level)
    {
        if (level == Recompute.Nothing || graph.FirstBackward is null)
            return;
        int forward = graph.Nodes.IndexOf(graph.FirstBackward);
        if (forward >= 0)
            new RecomputedValues(graph, level, forward).Rewrite(forward);
    }

    private void Rewrite(int forward)
    {
        _nodes.AddRange(_graph.Nodes.Take(forward));
        foreach (OpNode node in _graph.Nodes.Skip(forward))
        {
            Value[] inputs = [.. node.Inputs.Select(Again)];
            _nodes.Add(node with { Inputs = inputs });
        }

        _graph.Nodes.Clear();
        _graph.Nodes.AddRange(_nodes);
    }

    private Value Again(Value value)
    {
        if (!_producers.TryGetValue(value, out OpNode? producer) || !IsRecomputed(producer))
            return value;
        if (!_again.TryGetValue(value, out Value? again))
        {
            Value[] inputs = [.. producer.Inputs.Select(Again)];
            again = new Value(ValueKind.Intermediate, value.Desc, $"{value.Name}.again");
            _nodes.Add(new OpNode(producer.Op, inputs, again));
            _again.Add(value, again);
        }

        return again;
    }

    private bool IsRecomputed(OpNode producer) => producer.Op switch
    {
        InstanceNormApplyOp or ConcatChannelsOp or UpsampleNearestOp or RelayoutOp => true,
        // An activation behind a norm goes with it; one behind a sum ends a block and stays.
        LeakyReluOp => _producers.TryGetValue(producer.Inputs[0], out OpNode? before) && before.Op is InstanceNormApplyOp,
        Conv3dOp or InstanceNormStatisticsOp => _level == Recompute.Blocks && IsInsideBlock(producer),
        _ => false,
    };

    // A convolution inside of a block is one that is normalised.
    private bool IsInsideBlock(OpNode producer) => producer.Op is InstanceNormStatisticsOp
        || _graph.Nodes.Exists(node => node.Op is InstanceNormStatisticsOp && node.Inputs[0] == producer.Output);
}
