using System.Buffers.Binary;
using System.Text;

namespace STUNet.WeightsConverter;

/// <summary>
/// Writes a ZIP archive as torch.save does: stored entries whose data starts at a multiple of 64 bytes, by padding in the local headers; ZIP64 where something
/// passes 4 GiB. Entries are streamed: the checksum goes into the header once the data is written.
/// </summary>
/// <param name="stream">Where the archive goes, from its present position; seekable.</param>
/// <param name="plainLimit">The first length or offset that ZIP64 is used for; tests lower it.</param>
internal sealed class StoredZipWriter(Stream stream, long plainLimit = uint.MaxValue)
{
    private const int Alignment = 64;
    private const int LocalBytes = 30;
    private const int CrcOffset = 14;
    private const ushort PaddingField = 0x4246;
    private const ushort Zip64Field = 1;
    private const ushort Utf8Names = 0x0800;
    private const ushort PlainVersion = 20;
    private const ushort Zip64Version = 45;
    private const ushort FirstDay = (1 << 5) | 1;

    private readonly List<Entry> _entries = [];

    /// <summary>Writes an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="content">Writes them, piece by piece, into what it is given.</param>
    public void Add(string name, long length, Action<WritePiece> content)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        long local = stream.Position;
        WriteLocalHeader(nameBytes, length, local);
        long start = stream.Position;
        uint crc = 0;
        content(piece =>
        {
            crc = Crc32.Append(crc, piece);
            stream.Write(piece);
        });
        if (stream.Position - start != length)
            throw new InvalidOperationException($"Entry {name} has {stream.Position - start} bytes, not {length}.");
        long end = stream.Position;
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, crc);
        stream.Position = local + CrcOffset;
        stream.Write(checksum);
        stream.Position = end;
        _entries.Add(new Entry(nameBytes, crc, length, local));
    }

    /// <summary>Writes an entry of bytes that are there.</summary>
    public void Add(string name, byte[] content) => Add(name, content.Length, write => write(content));

    /// <summary>Writes the directory, which ends the archive.</summary>
    public void Finish()
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        long start = stream.Position;
        foreach (Entry entry in _entries)
            WriteCentralHeader(writer, entry);
        writer.Flush();
        long end = stream.Position;
        bool large = start >= plainLimit || end - start >= plainLimit || _entries.Count >= ushort.MaxValue;
        if (large)
            WriteEnd64(writer, start, end);
        writer.Write("PK\x05\x06"u8);
        writer.Write(0);
        ushort count = large ? ushort.MaxValue : (ushort)_entries.Count;
        writer.Write(count);
        writer.Write(count);
        writer.Write(large ? uint.MaxValue : (uint)(end - start));
        writer.Write(large ? uint.MaxValue : (uint)start);
        writer.Write((ushort)0);
    }

    private void WriteLocalHeader(byte[] name, long length, long local)
    {
        bool large = length >= plainLimit;
        int zip64 = large ? 4 + (2 * sizeof(long)) : 0;
        int padding = (int)((Alignment - ((local + LocalBytes + name.Length + zip64 + 4) % Alignment)) % Alignment);
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("PK\x03\x04"u8);
        WriteCommon(writer, large, 0, length, name);
        writer.Write((ushort)(zip64 + 4 + padding));
        writer.Write(name);
        if (large)
        {
            writer.Write(Zip64Field);
            writer.Write((ushort)(2 * sizeof(long)));
            writer.Write(length);
            writer.Write(length);
        }

        writer.Write(PaddingField);
        writer.Write((ushort)padding);
        writer.Write(new byte[padding]);
    }

    private void WriteCentralHeader(BinaryWriter writer, Entry entry)
    {
        bool large = entry.Length >= plainLimit;
        bool far = entry.Local >= plainLimit;
        int fields = ((large ? 2 : 0) + (far ? 1 : 0)) * sizeof(long);
        writer.Write("PK\x01\x02"u8);
        writer.Write(Zip64Version);
        WriteCommon(writer, large || far, entry.Crc, entry.Length, entry.Name);
        writer.Write((ushort)(fields == 0 ? 0 : 4 + fields));
        // No comment, disk 0, no attributes.
        writer.Write(new byte[10]);
        writer.Write(far ? uint.MaxValue : (uint)entry.Local);
        writer.Write(entry.Name);
        if (fields == 0)
            return;
        writer.Write(Zip64Field);
        writer.Write((ushort)fields);
        if (large)
        {
            writer.Write(entry.Length);
            writer.Write(entry.Length);
        }

        if (far)
            writer.Write(entry.Local);
    }

    // What local and central headers have in common: version needed to the length of the name.
    private void WriteCommon(BinaryWriter writer, bool needsZip64, uint crc, long length, byte[] name)
    {
        uint stated = length >= plainLimit ? uint.MaxValue : (uint)length;
        writer.Write(needsZip64 ? Zip64Version : PlainVersion);
        writer.Write(Utf8Names);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(FirstDay);
        writer.Write(crc);
        writer.Write(stated);
        writer.Write(stated);
        writer.Write((ushort)name.Length);
    }

    private void WriteEnd64(BinaryWriter writer, long start, long end)
    {
        const long RestOfRecord = 44;
        writer.Write("PK\x06\x06"u8);
        writer.Write(RestOfRecord);
        writer.Write(Zip64Version);
        writer.Write(Zip64Version);
        writer.Write(0L);
        writer.Write((long)_entries.Count);
        writer.Write((long)_entries.Count);
        writer.Write(end - start);
        writer.Write(start);
        writer.Write("PK\x06\x07"u8);
        writer.Write(0);
        writer.Write(end);
        writer.Write(1);
    }

    /// <summary>Takes the next bytes of an entry.</summary>
    public delegate void WritePiece(ReadOnlySpan<byte> piece);

    private sealed record Entry(byte[] Name, uint Crc, long Length, long Local);
}
