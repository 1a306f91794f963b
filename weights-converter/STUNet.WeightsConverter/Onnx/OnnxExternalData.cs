namespace STUNet.WeightsConverter;

/// <summary>Where tensors lie in a file beside the model: large ones at aligned offsets, in order, so that a runtime can map them. Small ones stay in the model.</summary>
internal sealed class OnnxExternalData
{
    private const long LeastBytes = 1024;
    private const long Alignment = 1 << 16; // what mapping a file asks for: 4 KiB on Linux and macOS, 64 KiB on Windows
    private readonly List<(OnnxTensor Tensor, long Offset)> _entries = [];
    private readonly Dictionary<OnnxTensor, long> _offsets = [];
    private readonly string _fileName;

    /// <summary>Lays the tensors out.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="fileName">The file, relative to the model's folder.</param>
    public OnnxExternalData(IEnumerable<OnnxTensor> tensors, string fileName)
    {
        _fileName = fileName;
        long position = 0;
        foreach (OnnxTensor tensor in tensors.Where(tensor => tensor.ByteLength >= LeastBytes))
        {
            long offset = (position + Alignment - 1) / Alignment * Alignment;
            _entries.Add((tensor, offset));
            _offsets.Add(tensor, offset);
            position = offset + tensor.ByteLength;
        }
    }

    /// <summary>Whether a tensor lies in this file.</summary>
    public bool Holds(OnnxTensor tensor) => _offsets.ContainsKey(tensor);

    /// <summary>The fields of a TensorProto that say where its values are.</summary>
    public void Describe(OnnxTensor tensor, ProtobufMessage message)
    {
        const int External = 1;
        Entry("location", _fileName);
        Entry("offset", $"{_offsets[tensor]}");
        Entry("length", $"{tensor.ByteLength}");
        message.Varint(14, External);

        void Entry(string key, string value)
        {
            ProtobufMessage entry = new();
            entry.Text(1, key);
            entry.Text(2, value);
            message.Message(13, entry);
        }
    }

    /// <summary>Writes the file.</summary>
    public void Write(Stream target, OnnxWeights weights)
    {
        foreach ((OnnxTensor tensor, long offset) in _entries)
        {
            target.SetLength(offset);
            target.Position = offset;
            weights.Write(target, tensor);
        }
    }
}
