using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// Appends the backward pass to a tape: visits its ops from the last to the first, and lets each that lies between a wanted value and the loss record
/// its gradient (reverse accumulation).
/// </summary>
internal sealed class GradientRecorder : IGradientRecorder
{
    private readonly Tape _tape;
    private readonly HashSet<Value> _needed;
    private readonly Dictionary<Value, Value> _gradients = [];
    private readonly List<Value> _values = [];
    private OpNode? _node;

    private GradientRecorder(Tape tape, IEnumerable<Value> wanted)
    {
        _tape = tape;
        _needed = [.. wanted];
        foreach (OpNode node in tape.Nodes)
        {
            if (node.Inputs.Any(_needed.Contains))
                _needed.UnionWith(node.Made);
        }
    }

    public IReadOnlyList<RecordedValue> Inputs { get; private set; } = [];

    public RecordedValue Output { get; private set; }

    public RecordedValue OutputGradient { get; private set; }

    /// <summary>Records the gradients of values.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="seeds">Gradients that are given, by value.</param>
    /// <param name="wanted">The values whose gradients are wanted.</param>
    /// <returns>The gradient of every wanted value that the seeds depend on.</returns>
    public static IReadOnlyDictionary<Value, Value> Record(Tape tape, IReadOnlyDictionary<Value, Value> seeds, IReadOnlyCollection<Value> wanted)
    {
        GradientRecorder recorder = new(tape, wanted);
        foreach ((Value value, Value gradient) in seeds)
            recorder._gradients.Add(value, gradient);
        foreach (OpNode node in tape.Nodes.Reverse().ToArray())
            recorder.Visit(node);
        return wanted.Where(recorder._gradients.ContainsKey).ToDictionary(value => value, value => recorder._gradients[value]);
    }

    public bool Needs(int input) => _needed.Contains(_node!.Inputs[input]);

    public RecordedValue Apply(Op op, string label, params ReadOnlySpan<RecordedValue> inputs)
    {
        Value[] values = [.. inputs.ToArray().Select(input => _values[input.Index])];
        return Refer(_tape.Apply(op, $"{_node!.Output.Name}.{label}", values));
    }

    public void Add(int input, RecordedValue gradient)
    {
        if (!Needs(input))
            return;
        Value target = _node!.Inputs[input];
        Value more = _values[gradient.Index];
        if (more.Desc != target.Desc)
            throw new InvalidOperationException($"{_node.Output.Name}: gradient {more} of input {input} must be {target.Desc}.");
        _gradients[target] = _gradients.TryGetValue(target, out Value? known) ? _tape.Apply(new AddOp(), $"{target.Name}.gradient", known, more) : more;
    }

    private void Visit(OpNode node)
    {
        if (!_gradients.TryGetValue(node.Output, out Value? gradient) || !node.Inputs.Any(_needed.Contains))
            return;
        _node = node;
        _values.Clear();
        Inputs = [.. node.Inputs.Select(Refer)];
        Output = Refer(node.Output);
        OutputGradient = Refer(gradient);
        node.Op.RecordGradient(this);
    }

    private RecordedValue Refer(Value value)
    {
        _values.Add(value);
        return new RecordedValue(_values.Count - 1, value.Desc);
    }
}
