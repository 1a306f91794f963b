using System.Buffers.Binary;
using System.Text;

namespace STUNet.WeightsConverter;

/// <summary>One message of the protocol buffers encoding, built field by field: varints, 32-bit floats and length-delimited bytes are all ONNX needs.</summary>
internal sealed class ProtobufMessage
{
    private const int MaxVarintBytes = 10;
    private const int VarintWire = 0;
    private const int DelimitedWire = 2;
    private const int Fixed32Wire = 5;
    private readonly MemoryStream _bytes = new();

    /// <summary>Bytes so far.</summary>
    public long Length => _bytes.Length;

    /// <summary>Bytes that <see cref="Delimited"/> puts before a field's content of a length.</summary>
    public static long PrefixLength(int field, long contentLength)
    {
        ProtobufMessage prefix = new();
        prefix.Delimited(field, contentLength);
        return prefix.Length;
    }

    public void Varint(int field, long value)
    {
        Tag(field, VarintWire);
        Raw((ulong)value);
    }

    public void Float(int field, float value)
    {
        Span<byte> bits = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bits, value);
        Tag(field, Fixed32Wire);
        _bytes.Write(bits);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Delimited(field, value.Length);
        _bytes.Write(value);
    }

    public void Message(int field, ProtobufMessage value)
    {
        Delimited(field, value.Length);
        value.CopyTo(_bytes);
    }

    /// <summary>Begins a length-delimited field whose content follows elsewhere.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="contentLength">Bytes that follow.</param>
    public void Delimited(int field, long contentLength)
    {
        Tag(field, DelimitedWire);
        Raw((ulong)contentLength);
    }

    public void CopyTo(Stream target) => target.Write(_bytes.GetBuffer(), 0, (int)_bytes.Length);

    private void Tag(int field, int wire) => Raw(((ulong)field << 3) | (uint)wire);

    private void Raw(ulong value)
    {
        Span<byte> bytes = stackalloc byte[MaxVarintBytes];
        int count = 0;
        for (; value > 0x7F; value >>= 7)
            bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        _bytes.Write(bytes[..count]);
    }
}
