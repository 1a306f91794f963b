using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace STUNet.WeightsConverter;

/// <summary>Makes the objects that a checkpoint and its plans consist of.</summary>
internal static class PickledObjects
{
    private const string NumpyCore = "numpy.core.multiarray";

    public static PickleTuple Tuple(params object?[] items) => new(items);

    public static PickleList List<T>(IEnumerable<T> items)
    {
        PickleList list = new();
        list.Items.AddRange(items.Select(item => (object?)item));
        return list;
    }

    public static PickleDict Dict(params (object Key, object? Value)[] entries)
    {
        PickleDict dict = new();
        foreach ((object key, object? value) in entries)
            dict.Set(key, value);
        return dict;
    }

    /// <summary>A dict of the keys 0, 1, ...</summary>
    public static PickleDict Indexed<T>(IEnumerable<T> items) => Dict([.. items.Select((item, index) => ((object)(long)index, (object?)item))]);

    /// <summary>A one-dimensional int64 array of numpy.</summary>
    public static PickleCall Int64Array(params long[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Array("i8", values.Length, bytes);
    }

    /// <summary>A one-dimensional float64 array of numpy.</summary>
    public static PickleCall Float64Array(params double[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(double)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i]);
        return Array("f8", values.Length, bytes);
    }

    /// <summary>What Python's json would read from the same text.</summary>
    public static object? OfJson(JsonNode? node) => node switch
    {
        null => null,
        JsonObject members => Dict([.. members.Select(member => ((object)member.Key, OfJson(member.Value)))]),
        JsonArray items => List(items.Select(OfJson)),
        _ => OfJsonValue(node),
    };

    private static object? OfJsonValue(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => node.GetValue<string>(),
        _ => long.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out long whole) ? (object)whole : node.GetValue<double>(),
    };

    private static PickleCall Array(string type, long length, byte[] bytes)
    {
        PickleCall dtype = new(new PickleName("numpy", "dtype"), Tuple(type, false, true), Tuple(3L, "<", null, null, null, -1L, -1L, 0L));
        return new PickleCall(
            new PickleName(NumpyCore, "_reconstruct"),
            Tuple(new PickleName("numpy", "ndarray"), Tuple(0L), Bytes("b"u8)),
            Tuple(1L, Tuple(length), dtype, false, Bytes(bytes)));
    }

    // Protocol 2 has no bytes: each is a character, encoded back when it is read.
    private static PickleCall Bytes(ReadOnlySpan<byte> bytes) =>
        new(new PickleName("_codecs", "encode"), Tuple(Encoding.Latin1.GetString(bytes), "latin1"));
}
