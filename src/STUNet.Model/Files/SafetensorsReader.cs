using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>
/// A safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors without gaps. The header is checked whole when
/// the file is opened; data is read when asked for.
/// </summary>
public sealed class SafetensorsReader : ITensorSource
{
    private const int ChunkBytes = 1 << 18;
    private const long MaxHeaderBytes = 100_000_000;

    private readonly RandomAccessFile _file;
    private readonly string _remedy;
    private readonly Dictionary<string, (TensorInfo Info, long Offset)> _entries = [];

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What the user can do where it is damaged, without a closing full stop.</param>
    /// <exception cref="InvalidFileException">Missing, or not a sound safetensors file; the message names the entry.</exception>
    public SafetensorsReader(string path, string remedy = "copy it again")
    {
        _remedy = remedy;
        _file = new RandomAccessFile(path);
        try
        {
            byte[] header = ReadHeaderBytes();
            using JsonDocument document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            (Tensors, Metadata) = ReadHeader(document.RootElement, 8 + header.Length);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            _file.Dispose();
            throw new InvalidFileException(path, "header", $"not a JSON object of tensors ({FirstLine(failure)}): the file is damaged or no safetensors file", _remedy, failure);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>Bytes of the whole file.</summary>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The texts of the entry <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where a tensor lies, for a reader of its bytes; they are known to be in the file.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>The tensor and its first byte.</returns>
    /// <exception cref="InvalidFileException">The file has no such tensor.</exception>
    public (TensorInfo Info, long Offset) Locate(string name) =>
        _entries.TryGetValue(name, out (TensorInfo Info, long Offset) entry) ? entry : throw new InvalidFileException(Path, name, "the file has no such tensor");

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination)
    {
        (TensorInfo Info, long Offset) entry = Locate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Info.Count - destination.Length);
        int size = entry.Info.ElementType.Size();
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, Math.Max(1, (long)size * destination.Length)));
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int count = Math.Min(buffer.Length / size, destination.Length - done);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                _file.ReadExactly(entry.Offset + (start + done) * size, bytes, name);
                ElementConversion.ToSingles(entry.Info.ElementType, bytes, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string FirstLine(Exception failure) => failure.Message.Split('\n')[0].TrimEnd('.', '\r');

    private byte[] ReadHeaderBytes()
    {
        Span<byte> prefix = stackalloc byte[8];
        if (_file.Length < prefix.Length)
            throw new InvalidFileException(Path, "header length", $"the file has {_file.Length} bytes only: it is truncated", _remedy);
        _file.ReadExactly(0, prefix, "header length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes || (long)length > _file.Length - 8)
        {
            throw new InvalidFileException(
                Path, "header length", $"{length} bytes in a file of {_file.Length} bytes: the file is truncated or no safetensors file", _remedy);
        }

        byte[] header = new byte[length];
        _file.ReadExactly(8, header, "header");
        return header;
    }

    private (ImmutableArray<TensorInfo> Tensors, Dictionary<string, string> Metadata) ReadHeader(JsonElement root, long dataStart)
    {
        Dictionary<string, string> metadata = [];
        List<(long Begin, long End, TensorInfo Info)> tensors = [];
        foreach (JsonProperty member in root.EnumerateObject())
        {
            if (member.NameEquals("__metadata__"))
            {
                foreach (JsonProperty text in member.Value.EnumerateObject())
                    metadata.Add(text.Name, text.Value.GetString() ?? throw Invalid("__metadata__", $"{text.Name} is not a text"));
                continue;
            }

            tensors.Add(ReadEntry(member.Name, member.Value));
        }

        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long position = 0;
        foreach ((long begin, long end, TensorInfo info) in tensors)
        {
            if (begin != position)
                throw Invalid(info.Name, $"data_offsets start at {begin}, but the tensor before ends at {position}");
            position = end;
            _entries.Add(info.Name, (info, dataStart + begin));
        }

        if (dataStart + position != _file.Length)
            throw Invalid("", $"the header describes {dataStart + position} bytes, the file has {_file.Length}: it is truncated or has foreign bytes at its end");
        return ([.. tensors.Select(tensor => tensor.Info)], metadata);
    }

    private (long Begin, long End, TensorInfo Info) ReadEntry(string name, JsonElement entry)
    {
        string dtype = Member(entry, name, "dtype").GetString() ?? "";
        if (!Enum.TryParse(dtype, out ElementType type) || !Enum.IsDefined(type) || type.ToString() != dtype)
            throw Invalid(name, $"dtype {dtype} is not supported", $"use one of {string.Join(", ", Enum.GetNames<ElementType>())}");
        JsonElement shape = Member(entry, name, "shape");
        JsonElement offsets = Member(entry, name, "data_offsets");
        if (shape.GetArrayLength() > 16 || offsets.GetArrayLength() != 2)
            throw Invalid(name, "shape must list at most 16 sizes and data_offsets two numbers");
        ImmutableArray<int> sizes = [.. shape.EnumerateArray().Select(size => size.GetInt32())];
        if (sizes.Any(size => size < 0))
            throw Invalid(name, $"negative size in shape [{string.Join(", ", sizes)}]");
        UInt128 bytes = sizes.Contains(0) ? 0 : sizes.Aggregate((UInt128)type.Size(), (product, size) => Saturate(product * (UInt128)size));
        long begin = offsets[0].GetInt64();
        long end = offsets[1].GetInt64();
        if (begin >= 0 && end > _file.Length)
            throw Invalid(name, $"data_offsets [{begin}, {end}] reach beyond the end of a file of {_file.Length} bytes: it is truncated");
        if (begin < 0 || end < begin || bytes != (UInt128)(end - begin))
            throw Invalid(name, $"data_offsets [{begin}, {end}] do not fit shape [{string.Join(", ", sizes)}] of {dtype}");
        return (begin, end, new TensorInfo(name, sizes, type));
    }

    private static UInt128 Saturate(UInt128 value) => UInt128.Min(value, (UInt128)ulong.MaxValue);

    private JsonElement Member(JsonElement entry, string name, string field) =>
        entry.TryGetProperty(field, out JsonElement value) ? value : throw Invalid(name, $"{field} missing");

    private InvalidFileException Invalid(string field, string problem, string? hint = null) => new(Path, field, problem, hint ?? _remedy);
}
