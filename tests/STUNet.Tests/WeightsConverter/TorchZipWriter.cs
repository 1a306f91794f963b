using System.Text;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>
/// Writes ZIP archives as PyTorch does: stored entries, payloads aligned to 64 bytes by padding in the local headers, ZIP64 throughout the
/// directory. Entries may be sparse: only their first and last values are written.
/// </summary>
internal sealed class TorchZipWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly List<(byte[] Name, uint Crc, long Length, long Local)> _entries = [];

    public TorchZipWriter(string path)
        : this(File.Create(path))
    {
    }

    public TorchZipWriter(Stream stream) => _stream = stream;

    public void Add(string name, byte[] content)
    {
        BeginEntry(name, Crc32.Append(0, content), content.Length);
        _stream.Write(content);
    }

    /// <summary>An entry of zeros but for its first and last float.</summary>
    public void AddSparse(string name, long length, float first, float last)
    {
        byte[] firstBytes = BitConverter.GetBytes(first);
        byte[] lastBytes = BitConverter.GetBytes(last);
        byte[] zeros = new byte[1 << 20];
        uint crc = Crc32.Append(0, firstBytes);
        for (long done = 4; done < length - 4;)
        {
            int piece = (int)Math.Min(zeros.Length, length - 4 - done);
            crc = Crc32.Append(crc, zeros.AsSpan(0, piece));
            done += piece;
        }

        if (length > 4)
            crc = Crc32.Append(crc, lastBytes);
        BeginEntry(name, crc, length);
        long start = _stream.Position;
        _stream.Write(firstBytes);
        if (length > 4)
        {
            _stream.Position = start + length - 4;
            _stream.Write(lastBytes);
        }
    }

    public void Dispose()
    {
        using BinaryWriter writer = new(_stream);
        long start = _stream.Position;
        foreach ((byte[] name, uint crc, long length, long local) in _entries)
        {
            writer.Write("PK\x01\x02"u8);
            writer.Write([45, 0, 45, 0, 8, 8, 0, 0, 0, 0, 0, 0]);
            writer.Write(crc);
            writer.Write(uint.MaxValue);
            writer.Write(uint.MaxValue);
            writer.Write((ushort)name.Length);
            writer.Write((ushort)28);
            writer.Write(new byte[10]);
            writer.Write(uint.MaxValue);
            writer.Write(name);
            writer.Write((ushort)1);
            writer.Write((ushort)24);
            writer.Write(length);
            writer.Write(length);
            writer.Write(local);
        }

        long end = _stream.Position;
        writer.Write("PK\x06\x06"u8);
        writer.Write(44L);
        writer.Write([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write((long)_entries.Count);
        writer.Write((long)_entries.Count);
        writer.Write(end - start);
        writer.Write(start);
        writer.Write("PK\x06\x07"u8);
        writer.Write(0);
        writer.Write(end);
        writer.Write(1);
        writer.Write("PK\x05\x06"u8);
        writer.Write(0);
        writer.Write(ushort.MaxValue);
        writer.Write(ushort.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write((ushort)0);
    }

    private void BeginEntry(string name, uint crc, long length)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        long local = _stream.Position;
        _entries.Add((nameBytes, crc, length, local));
        int padding = (int)((64 - (local + 30 + nameBytes.Length + 4) % 64) % 64);
        using BinaryWriter writer = new(_stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("PK\x03\x04"u8);
        writer.Write([0, 0, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write(0L);
        writer.Write((ushort)nameBytes.Length);
        writer.Write((ushort)(4 + padding));
        writer.Write(nameBytes);
        writer.Write((ushort)0x4246);
        writer.Write((ushort)padding);
        writer.Write(new byte[padding]);
    }
}
