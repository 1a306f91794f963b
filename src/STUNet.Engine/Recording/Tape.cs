using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// Records a network as ops on values; holds no data and computes nothing. A tape is written once, then planned for a device as often as needed.
/// </summary>
public sealed class Tape
{
    private readonly List<OpNode> _nodes = [];
    private readonly Dictionary<string, Value> _named = [];
    private readonly Dictionary<string, Value> _outputs = [];

    /// <summary>The recorded ops in order.</summary>
    public IReadOnlyList<OpNode> Nodes => _nodes;

    /// <summary>Number of ops before the backward pass; null where there is none.</summary>
    internal int? ForwardNodes { get; private set; }

    /// <summary>Values the caller wants to read after a run, by name.</summary>
    public IReadOnlyDictionary<string, Value> Outputs => _outputs;

    /// <summary>Declares memory that the caller fills and that lasts from run to run.</summary>
    /// <param name="name">Name, unique on the tape.</param>
    /// <param name="desc">What it is.</param>
    public Value Input(string name, TensorDesc desc) => Declare(ValueKind.Input, name, desc);

    /// <summary>Declares a parameter, or returns it if it was declared before with the same shape.</summary>
    /// <param name="name">Name in the parameter source.</param>
    /// <param name="shape">Shape; a convolution weight is (OC, IC, KD, KH, KW), a vector (1, C, 1, 1, 1).</param>
    /// <param name="isVariable">True when it may change between runs.</param>
    public Value Parameter(string name, Shape shape, bool isVariable = false)
    {
        ValueKind kind = isVariable ? ValueKind.Variable : ValueKind.Constant;
        TensorDesc desc = new(shape, Layout.NCDHW);
        return _named.TryGetValue(name, out Value? known) && known.Kind == kind && known.Desc == desc ? known : Declare(kind, name, desc);
    }

    /// <summary>Records an op.</summary>
    /// <param name="op">The op.</param>
    /// <param name="label">What it computes, for reports and layer-by-layer comparison, such as <c>encoder.0.0.conv1</c>.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="ShapeException">The inputs do not fit the op.</exception>
    /// <exception cref="ArgumentException">The op has a side output: rewrites make such ops.</exception>
    public Value Apply(Op op, string label, params ReadOnlySpan<Value> inputs)
    {
        TensorDesc[] descs = new TensorDesc[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            descs[i] = inputs[i].Desc;
        if (op.InferSideOutput(descs) is not null)
            throw new ArgumentException($"'{label}' has a side output, which a recording cannot name; record the op without it, rewrites add it.", nameof(op));
        Value output = new(ValueKind.Intermediate, op.InferOutput(descs), label);
        _nodes.Add(new OpNode(op, inputs.ToArray(), output));
        return output;
    }

    /// <summary>Records the gradients of a loss.</summary>
    /// <param name="loss">The loss; of a value with several elements their sum.</param>
    /// <param name="wanted">Parameters and inputs whose gradients are wanted.</param>
    /// <returns>The gradient of every wanted value that the loss depends on.</returns>
    public IReadOnlyDictionary<Value, Value> Backward(Value loss, IReadOnlyCollection<Value> wanted)
    {
        ForwardNodes ??= _nodes.Count;
        return Backward(new Dictionary<Value, Value> { [loss] = Apply(new FillOp(1, loss.Desc), $"{loss.Name}.one") }, wanted);
    }

    /// <summary>Records gradients from those of some results.</summary>
    /// <param name="seeds">Gradients that are given, by the value whose gradient it is.</param>
    /// <param name="wanted">Parameters and inputs whose gradients are wanted.</param>
    /// <returns>The gradient of every wanted value that the seeded ones depend on.</returns>
    public IReadOnlyDictionary<Value, Value> Backward(IReadOnlyDictionary<Value, Value> seeds, IReadOnlyCollection<Value> wanted)
    {
        ForwardNodes ??= _nodes.Count;
        return GradientRecorder.Record(this, seeds, wanted);
    }

    /// <summary>Marks a value to be kept until the end of a run, readable by name.</summary>
    /// <param name="name">Name, unique among outputs, inputs and parameters.</param>
    /// <param name="value">The result of an op.</param>
    public void Output(string name, Value value)
    {
        if (value.Kind != ValueKind.Intermediate)
            throw new ArgumentException($"'{value.Name}' is not the result of an op; inputs and parameters are readable as they are.", nameof(value));
        if (_named.ContainsKey(name))
            throw new ArgumentException($"The tape already has an input or parameter '{name}'.", nameof(name));
        _outputs.Add(name, value);
    }

    private Value Declare(ValueKind kind, string name, TensorDesc desc)
    {
        Value value = new(kind, desc, name);
        return _named.TryAdd(name, value) ? value : throw new ArgumentException($"The tape already has an input or parameter '{name}' of another description.", nameof(name));
    }
}
