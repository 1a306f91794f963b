using System.Text;

namespace STUNet.WeightsConverter;

/// <summary>A NodeProto of onnx.proto3: one operator applied to named values.</summary>
internal sealed class OnnxNode
{
    private const int FloatType = 1;
    private const int IntType = 2;
    private const int StringType = 3;
    private const int IntsType = 7;

    /// <summary>Names operator and values; attributes are added afterwards.</summary>
    /// <param name="operation">Operator, such as Conv.</param>
    /// <param name="name">Name of the node.</param>
    /// <param name="inputs">Names of the inputs; empty for an optional input left out.</param>
    /// <param name="output">Name of the output.</param>
    public OnnxNode(string operation, string name, IEnumerable<string> inputs, string output)
    {
        foreach (string input in inputs)
            Message.Text(1, input);
        Message.Text(2, output);
        Message.Text(3, name);
        Message.Text(4, operation);
    }

    /// <summary>The node as written.</summary>
    public ProtobufMessage Message { get; } = new();

    public OnnxNode With(string name, long value) => Add(name, IntType, attribute => attribute.Varint(3, value));

    public OnnxNode With(string name, float value) => Add(name, FloatType, attribute => attribute.Float(2, value));

    public OnnxNode With(string name, string value) => Add(name, StringType, attribute => attribute.Bytes(4, Encoding.UTF8.GetBytes(value)));

    public OnnxNode With(string name, params int[] values) => Add(name, IntsType, attribute =>
    {
        foreach (int value in values)
            attribute.Varint(8, value);
    });

    // AttributeProto: name = 1, f = 2, i = 3, s = 4, ints = 8, type = 20.
    private OnnxNode Add(string name, int type, Action<ProtobufMessage> value)
    {
        ProtobufMessage attribute = new();
        attribute.Text(1, name);
        value(attribute);
        attribute.Varint(20, type);
        Message.Message(5, attribute);
        return this;
    }
}
