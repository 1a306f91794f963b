using System.Reflection;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.WeightsConverter;

/// <summary>
/// The ModelProto of a graph, written field by field with the numbers of onnx.proto3. Everything but the weights is made in memory first; since a
/// message states its length before its content, the lengths of the weights are counted before the weights are read.
/// </summary>
internal sealed class OnnxModel
{
    private const int IrVersion = 8; // the first that knows opset 17
    private const int Opset = 17;
    private const int Float32 = 1;
    private const int GraphField = 7;
    private const int InitializerField = 5;
    private const int RawDataField = 9;
    private readonly OnnxGraph _graph;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    /// <summary>Keeps what is to be written.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="metadata">Texts for metadata_props.</param>
    /// <param name="externalData">Where weights lie that this file does not hold; null for none.</param>
    public OnnxModel(OnnxGraph graph, IReadOnlyDictionary<string, string> metadata, OnnxExternalData? externalData)
    {
        _graph = graph;
        _metadata = metadata;
        ExternalData = externalData;
    }

    /// <summary>Where weights lie that this file does not hold; null for none.</summary>
    public OnnxExternalData? ExternalData { get; }

    /// <summary>Writes the model.</summary>
    public void Write(Stream target, OnnxWeights weights)
    {
        ProtobufMessage graph = GraphWithoutWeights();
        (OnnxTensor Tensor, ProtobufMessage Header, long Length)[] tensors = [.. _graph.Tensors.Select(Describe)];
        ProtobufMessage model = Header();
        long graphLength = graph.Length + tensors.Sum(entry => ProtobufMessage.PrefixLength(InitializerField, entry.Length) + entry.Length);
        model.Delimited(GraphField, graphLength);
        model.CopyTo(target);
        graph.CopyTo(target);
        foreach ((OnnxTensor tensor, ProtobufMessage header, long length) in tensors)
        {
            ProtobufMessage prefix = new();
            prefix.Delimited(InitializerField, length);
            prefix.CopyTo(target);
            header.CopyTo(target);
            if (!IsExternal(tensor))
                weights.Write(target, tensor);
        }
    }

    private bool IsExternal(OnnxTensor tensor) => ExternalData?.Holds(tensor) ?? false;

    // TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9. The values of raw_data follow the header.
    private (OnnxTensor Tensor, ProtobufMessage Header, long Length) Describe(OnnxTensor tensor)
    {
        ProtobufMessage header = new();
        foreach (int size in tensor.Dims)
            header.Varint(1, size);
        header.Varint(2, Float32);
        header.Text(8, tensor.Name);
        if (IsExternal(tensor))
        {
            ExternalData!.Describe(tensor, header);
            return (tensor, header, header.Length);
        }

        header.Delimited(RawDataField, tensor.ByteLength);
        return (tensor, header, header.Length + tensor.ByteLength);
    }

    // ModelProto: ir_version = 1, producer_name = 2, producer_version = 3, graph = 7, opset_import = 8, metadata_props = 14.
    private ProtobufMessage Header()
    {
        ProtobufMessage model = new();
        model.Varint(1, IrVersion);
        model.Text(2, "STUNet.Native");
        model.Text(3, typeof(OnnxModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");
        ProtobufMessage opset = new();
        opset.Text(1, "");
        opset.Varint(2, Opset);
        model.Message(8, opset);
        foreach ((string key, string value) in _metadata)
        {
            ProtobufMessage entry = new();
            entry.Text(1, key);
            entry.Text(2, value);
            model.Message(14, entry);
        }

        return model;
    }

    // GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12.
    private ProtobufMessage GraphWithoutWeights()
    {
        ProtobufMessage graph = new();
        foreach (OnnxNode node in _graph.Nodes)
            graph.Message(1, node.Message);
        graph.Text(2, "STU-Net");
        foreach (Value input in _graph.Inputs)
            graph.Message(11, ValueInfo(input.Name, input.Desc.Shape));
        foreach ((string name, Value value) in _graph.Outputs)
            graph.Message(12, ValueInfo(name, value.Desc.Shape));
        return graph;
    }

    // ValueInfoProto: name = 1, type = 2. TypeProto: tensor_type = 1. Its tensor: elem_type = 1, shape = 2. TensorShapeProto: dim = 1, dim_value = 1.
    private static ProtobufMessage ValueInfo(string name, Shape shape)
    {
        ProtobufMessage sizes = new();
        foreach (int size in (int[])[shape.N, shape.C, shape.D, shape.H, shape.W])
        {
            ProtobufMessage dimension = new();
            dimension.Varint(1, size);
            sizes.Message(1, dimension);
        }

        ProtobufMessage tensor = new();
        tensor.Varint(1, Float32);
        tensor.Message(2, sizes);
        ProtobufMessage type = new();
        type.Message(1, tensor);
        ProtobufMessage info = new();
        info.Text(1, name);
        info.Message(2, type);
        return info;
    }
}
