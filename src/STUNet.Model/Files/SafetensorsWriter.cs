using System.Buffers.Binary;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>Supplies values of a tensor that is being written.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="start">Index of the first value in C order.</param>
/// <param name="values">To be filled whole.</param>
public delegate void TensorFill(TensorInfo tensor, long start, Span<float> values);

/// <summary>Writes safetensors files piece by piece: whatever the size of the tensors, it needs about a megabyte of memory.</summary>
public static class SafetensorsWriter
{
    private const int ChunkValues = 1 << 17;

    /// <summary>Writes a file under a temporary name and renames it when complete. The data starts at a multiple of 8 bytes.</summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="tensors">The tensors in order; element types F32, F16 or BF16. Values are rounded to nearest even.</param>
    /// <param name="fill">Supplies the values, tensor by tensor, in ascending pieces.</param>
    /// <param name="metadata">Texts for the entry <c>__metadata__</c>.</param>
    /// <param name="cancellation">Stops between pieces; nothing is left behind.</param>
    /// <exception cref="InvalidRequestException">A finite value does not fit the element type; the message names the tensor.</exception>
    public static void Write(
        string path,
        IReadOnlyList<TensorInfo> tensors,
        TensorFill fill,
        IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellation = default) =>
        WriteBytes(
            path,
            tensors,
            (tensor, stream) =>
            {
                long count = tensor.Count;
                float[] values = new float[(int)Math.Min(ChunkValues, count)];
                byte[] bytes = new byte[values.Length * tensor.ElementType.Size()];
                for (long start = 0; start < count; start += ChunkValues)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Span<float> piece = values.AsSpan(0, (int)Math.Min(ChunkValues, count - start));
                    fill(tensor, start, piece);
                    Span<byte> encoded = bytes.AsSpan(0, piece.Length * tensor.ElementType.Size());
                    int overflow = ElementConversion.FromSingles(tensor.ElementType, piece, encoded);
                    if (overflow >= 0)
                    {
                        throw new InvalidRequestException(
                            $"{path}: tensor {tensor.Name}: value {piece[overflow]:R} at index {start + overflow} overflows {tensor.ElementType}; use --dtype f32 or bf16.");
                    }

                    stream.Write(encoded);
                }
            },
            metadata);

    /// <summary>Writes a file of elements that are bytes already, as <see cref="Write"/> does.</summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="tensors">The tensors in order, of any element type.</param>
    /// <param name="content">Writes the elements of one tensor, little-endian in C order: exactly as many bytes as it has.</param>
    /// <param name="metadata">Texts for the entry <c>__metadata__</c>.</param>
    public static void WriteBytes(
        string path, IReadOnlyList<TensorInfo> tensors, Action<TensorInfo, Stream> content, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(tensors, metadata));
            foreach (TensorInfo tensor in tensors)
            {
                long end = stream.Position + (tensor.Count * tensor.ElementType.Size());
                content(tensor, stream);
                if (stream.Position != end)
                    throw new InvalidOperationException($"The content of {tensor.Name} ends at byte {stream.Position}, not at {end}.");
            }
        });

    private static byte[] Header(IReadOnlyList<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, text);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (TensorInfo tensor in tensors)
            {
                long end = checked(offset + tensor.Count * tensor.ElementType.Size());
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.ElementType.ToString());
                json.WriteStartArray("shape");
                foreach (int size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        byte[] header = new byte[8 + buffer.Length];
        BinaryPrimitives.WriteInt64LittleEndian(header, buffer.Length);
        buffer.GetBuffer().AsSpan(0, (int)buffer.Length).CopyTo(header.AsSpan(8));
        return header;
    }
}
