using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.WeightsConverter;

/// <summary>
/// A recorded network as operators of ONNX opset 17, translated op by op, so that the topology stays written once. Values are NCDHW there; the
/// statistics of an instance norm are part of its operator. What no output needs is left out.
/// </summary>
internal sealed class OnnxGraph
{
    private readonly Tape _tape;
    private readonly Dictionary<Value, OpNode> _producers;
    private readonly Dictionary<Value, string> _outputNames;
    private readonly HashSet<Value> _needed = [];
    private readonly Dictionary<string, OnnxTensor> _tensors = [];
    private readonly List<Value> _inputs = [];
    private readonly List<OnnxNode> _nodes = [];

    /// <summary>Translates a recording.</summary>
    /// <param name="tape">Forward ops of STU-Net, not rewritten, with at least one output.</param>
    /// <exception cref="InvalidRequestException">An op has no translation; the message names it.</exception>
    public OnnxGraph(Tape tape)
    {
        _tape = tape;
        _producers = tape.Nodes.ToDictionary(node => node.Output);
        _outputNames = tape.Outputs.ToDictionary(output => output.Value, output => output.Key);
        foreach (Value output in tape.Outputs.Values)
            Need(output);
        foreach (OpNode node in tape.Nodes.Where(node => _needed.Contains(node.Output)))
            Translate(node);
    }

    /// <summary>The inputs.</summary>
    public IReadOnlyList<Value> Inputs => _inputs;

    /// <summary>The outputs by name.</summary>
    public IEnumerable<(string Name, Value Value)> Outputs => _tape.Outputs.Select(output => (output.Key, output.Value));

    /// <summary>The operators in order.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The initialisers in the order of their first use.</summary>
    public IReadOnlyCollection<OnnxTensor> Tensors => _tensors.Values;

    private void Need(Value value)
    {
        if (!_needed.Add(value) || !_producers.TryGetValue(value, out OpNode? node))
            return;
        foreach (Value input in node.Inputs)
            Need(input);
    }

    private void Translate(OpNode node)
    {
        switch (node.Op)
        {
            case Conv3dOp { Sources: 1, NormalisedSourceSlope: null, NormalisedAddendSlope: null, StatisticsEpsilon: null, OutputLayout: Layout.NDHWC } convolution when convolution.FirstSourceFactor == Int3.One:
                AddConvolution(node, convolution);
                break;
            case InstanceNormStatisticsOp:
                break;
            case InstanceNormApplyOp { HasResidual: false, ActivationSlope: 1 } when StatisticsOf(node) is { } statistics:
                Add("InstanceNormalization", node, NameOf(node.Inputs[0]), Vector(node.Inputs[2]), Vector(node.Inputs[3])).With("epsilon", statistics.Epsilon);
                break;
            case LeakyReluOp activation:
                Add("LeakyRelu", node, NameOf(node.Inputs[0])).With("alpha", activation.Slope);
                break;
            case AddOp:
                Add("Add", node, NameOf(node.Inputs[0]), NameOf(node.Inputs[1]));
                break;
            case ConcatChannelsOp:
                Add("Concat", node, NameOf(node.Inputs[0]), NameOf(node.Inputs[1])).With("axis", 1L);
                break;
            case UpsampleNearestOp upsampling:
                AddUpsampling(node, upsampling.Factor);
                break;
            default:
                throw new InvalidRequestException($"Op {node.Op.Name} ({node.Output.Name}) has no translation to ONNX; export the network as recorded, without rewrites.");
        }
    }

    // ONNX's InstanceNormalization takes statistics of the very tensor it normalises.
    private InstanceNormStatisticsOp? StatisticsOf(OpNode apply) =>
        _producers.TryGetValue(apply.Inputs[1], out OpNode? producer) && producer.Op is InstanceNormStatisticsOp statistics && producer.Inputs[0] == apply.Inputs[0]
            ? statistics
            : null;

    private void AddConvolution(OpNode node, Conv3dOp convolution)
    {
        Int3 kernel = convolution.Kernel;
        Int3 stride = convolution.Stride;
        Int3 pad = Int3.From(axis => kernel[axis] / 2);
        Add("Conv", node, NameOf(node.Inputs[0]), Weight(node.Inputs[convolution.WeightOperand]), Vector(node.Inputs[convolution.BiasOperand]))
            .With("kernel_shape", kernel.D, kernel.H, kernel.W)
            .With("strides", stride.D, stride.H, stride.W)
            .With("pads", pad.D, pad.H, pad.W, pad.D, pad.H, pad.W);
    }

    private void AddUpsampling(OpNode node, Int3 factor)
    {
        string scales = $"scales.{factor}";
        const string NoRegion = "";
        Add("Resize", node, NameOf(node.Inputs[0]), NoRegion, Tensor(new OnnxTensor(scales, [5], [1, 1, factor.D, factor.H, factor.W])))
            .With("mode", "nearest")
            .With("coordinate_transformation_mode", "asymmetric")
            .With("nearest_mode", "floor");
    }

    private OnnxNode Add(string operation, OpNode node, params string[] inputs)
    {
        OnnxNode added = new(operation, node.Output.Name, inputs, NameOf(node.Output));
        _nodes.Add(added);
        return added;
    }

    private string Weight(Value parameter)
    {
        Shape shape = parameter.Desc.Shape;
        return Tensor(new OnnxTensor(parameter.Name, [shape.N, shape.C, shape.D, shape.H, shape.W]));
    }

    private string Vector(Value parameter) => Tensor(new OnnxTensor(parameter.Name, [parameter.Desc.Shape.C]));

    private string Tensor(OnnxTensor tensor)
    {
        _tensors.TryAdd(tensor.Name, tensor);
        return tensor.Name;
    }

    private string NameOf(Value value)
    {
        if (value.Kind == ValueKind.Input && !_inputs.Contains(value))
            _inputs.Add(value);
        return _outputNames.GetValueOrDefault(value, value.Name);
    }
}
