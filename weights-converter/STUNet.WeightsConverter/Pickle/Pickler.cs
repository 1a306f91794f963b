using System.Buffers.Binary;
using System.Text;

namespace STUNet.WeightsConverter;

/// <summary>
/// Writes pickles of protocol 2, as torch.save does: None, truth values, numbers, texts, tuples, lists, dicts, names, calls and storages. Nothing is shared:
/// an object that occurs twice is written twice.
/// </summary>
internal static class Pickler
{
    private const int Protocol = 2;

    /// <summary>The pickle of an object.</summary>
    public static byte[] Dump(object? root)
    {
        using MemoryStream stream = new();
        Put(stream, PickleOpcode.Proto);
        stream.WriteByte(Protocol);
        Write(stream, root);
        Put(stream, PickleOpcode.Stop);
        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, object? value)
    {
        switch (value)
        {
            case null:
                Put(stream, PickleOpcode.None);
                break;
            case bool truth:
                Put(stream, truth ? PickleOpcode.NewTrue : PickleOpcode.NewFalse);
                break;
            case int number:
                Integer(stream, number);
                break;
            case long number:
                Integer(stream, number);
                break;
            case double number:
                Span<byte> bits = stackalloc byte[sizeof(double)];
                BinaryPrimitives.WriteDoubleBigEndian(bits, number);
                Put(stream, PickleOpcode.BinFloat, bits);
                break;
            case string text:
                Text(stream, text);
                break;
            case PickleTuple tuple:
                Tuple(stream, tuple);
                break;
            case PickleList list:
                Put(stream, PickleOpcode.EmptyList);
                Put(stream, PickleOpcode.Mark);
                list.Items.ForEach(item => Write(stream, item));
                Put(stream, PickleOpcode.Appends);
                break;
            case PickleDict dict:
                Put(stream, PickleOpcode.EmptyDict);
                Entries(stream, dict);
                break;
            case PickleName name:
                Put(stream, PickleOpcode.Global, Encoding.ASCII.GetBytes($"{name.Module}\n{name.Name}\n"));
                break;
            case PickleCall call:
                Call(stream, call);
                break;
            case PickleStorage storage:
                Tuple(stream, storage.Id);
                Put(stream, PickleOpcode.BinPersId);
                break;
            default:
                throw new InvalidOperationException($"{value.GetType().Name} cannot be pickled.");
        }
    }

    private static void Call(MemoryStream stream, PickleCall call)
    {
        Write(stream, call.Function);
        Tuple(stream, call.Arguments);
        Put(stream, PickleOpcode.Reduce);
        if (call.State is not null)
        {
            Write(stream, call.State);
            Put(stream, PickleOpcode.Build);
        }

        if (call.Entries is not null)
            Entries(stream, call.Entries);
    }

    private static void Entries(MemoryStream stream, PickleDict dict)
    {
        Put(stream, PickleOpcode.Mark);
        foreach ((object? key, object? value) in dict.Pairs)
        {
            Write(stream, key);
            Write(stream, value);
        }

        Put(stream, PickleOpcode.SetItems);
    }

    private static void Tuple(MemoryStream stream, PickleTuple tuple)
    {
        if (tuple.Count == 0)
        {
            Put(stream, PickleOpcode.EmptyTuple);
            return;
        }

        Put(stream, PickleOpcode.Mark);
        foreach (object? item in tuple.Items)
            Write(stream, item);
        Put(stream, PickleOpcode.Tuple);
    }

    private static void Integer(MemoryStream stream, long number)
    {
        Span<byte> bytes = stackalloc byte[1 + sizeof(long)];
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)number);
            Put(stream, PickleOpcode.BinInt, bytes[..sizeof(int)]);
            return;
        }

        bytes[0] = sizeof(long);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], number);
        Put(stream, PickleOpcode.Long1, bytes);
    }

    private static void Text(MemoryStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Put(stream, PickleOpcode.BinUnicode, length);
        stream.Write(bytes);
    }

    private static void Put(MemoryStream stream, PickleOpcode opcode, ReadOnlySpan<byte> argument = default)
    {
        stream.WriteByte((byte)opcode);
        stream.Write(argument);
    }
}
