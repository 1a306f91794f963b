using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace STUNet.Tests.WeightsConverter;

/// <summary>A tensor for <see cref="PickleWriter"/>: a contiguous float32 storage of its own.</summary>
internal sealed record PickledTensor(string StorageKey, int[] Shape)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>Writes protocol-2 pickles of dictionaries, lists, texts, numbers, truth values, None and tensors: test data of any architecture.</summary>
internal static class PickleWriter
{
    public static byte[] Write(object? root)
    {
        using MemoryStream stream = new();
        stream.Write([0x80, 2]);
        Value(stream, root);
        stream.WriteByte((byte)'.');
        return stream.ToArray();
    }

    private static void Value(MemoryStream stream, object? value)
    {
        switch (value)
        {
            case null:
                stream.WriteByte((byte)'N');
                break;
            case bool truth:
                stream.WriteByte(truth ? (byte)0x88 : (byte)0x89);
                break;
            case int number:
                Long(stream, number);
                break;
            case long number:
                Long(stream, number);
                break;
            case double number:
                stream.WriteByte((byte)'G');
                byte[] bits = new byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bits, number);
                stream.Write(bits);
                break;
            case string text:
                Text(stream, text);
                break;
            case PickledTensor tensor:
                Tensor(stream, tensor);
                break;
            case IDictionary dictionary:
                stream.Write("}("u8);
                foreach (DictionaryEntry pair in dictionary)
                {
                    Value(stream, pair.Key);
                    Value(stream, pair.Value);
                }

                stream.WriteByte((byte)'u');
                break;
            case IEnumerable list:
                stream.Write("]("u8);
                foreach (object? item in list)
                    Value(stream, item);
                stream.WriteByte((byte)'e');
                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    private static void Long(MemoryStream stream, long number)
    {
        stream.Write([0x8A, 8]);
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static void Text(MemoryStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        stream.WriteByte((byte)'X');
        stream.Write(length);
        stream.Write(bytes);
    }

    private static void Tensor(MemoryStream stream, PickledTensor tensor)
    {
        stream.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Text(stream, "storage");
        stream.Write("ctorch\nFloatStorage\n"u8);
        Text(stream, tensor.StorageKey);
        Text(stream, "cpu");
        Long(stream, tensor.Count);
        stream.Write("tQ"u8);
        Long(stream, 0);
        stream.WriteByte((byte)'(');
        foreach (int size in tensor.Shape)
            Long(stream, size);
        stream.Write("t("u8);
        long stride = tensor.Count;
        foreach (int size in tensor.Shape)
            Long(stream, stride /= size);
        stream.WriteByte((byte)'t');
        stream.WriteByte(0x89);
        stream.Write("ccollections\nOrderedDict\n)RtR"u8);
    }
}
