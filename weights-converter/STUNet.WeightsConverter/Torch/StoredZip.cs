using System.Buffers.Binary;
using System.Text;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>An entry of a ZIP archive, stored without compression.</summary>
internal sealed record ZipEntry(string Name, uint Crc, long Length, long DataOffset);

/// <summary>
/// Reads the directory of a ZIP archive, ZIP64 included. Only what PyTorch writes is accepted: stored entries, one root folder, distinct
/// plain names; payload positions come from the local headers, since alignment padding is only there.
/// </summary>
internal static class StoredZip
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint CentralSignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;
    private const int EndBytes = 22;
    private const int CentralBytes = 46;
    private const int LocalBytes = 30;
    private const int MaxCommentBytes = 65535;
    private const long MaxDirectoryBytes = 64 << 20;
    private const ushort Encrypted = 1;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The entries by name.</summary>
    public static Dictionary<string, ZipEntry> ReadDirectory(RandomAccessFile file)
    {
        (long start, long length, long count) = FindDirectory(file);
        if (start < 0 || length < 0 || start > file.Length || length > file.Length - start || length > MaxDirectoryBytes || count < 0 || count > length / CentralBytes)
            throw Wrong(file, $"its directory of {count} entries does not fit into the file");
        byte[] directory = new byte[length];
        file.ReadExactly(start, directory, "zip directory");
        Dictionary<string, ZipEntry> entries = [];
        int position = 0;
        for (long i = 0; i < count; i++)
        {
            ZipEntry entry = ReadEntry(file, directory, ref position, start);
            if (!entries.TryAdd(entry.Name, entry))
                throw Wrong(file, $"entry {entry.Name} occurs twice");
        }

        RequireNoOverlap(file, entries.Values);
        return entries;
    }

    private static (long Start, long Length, long Count) FindDirectory(RandomAccessFile file)
    {
        byte[] tail = new byte[Math.Min(file.Length, EndBytes + MaxCommentBytes)];
        file.ReadExactly(file.Length - tail.Length, tail, "zip end record");
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (UInt32(end, 0) != EndSignature || UInt16(end, 20) != end.Length - EndBytes)
                continue;
            long position = file.Length - tail.Length + at;
            return FindDirectory64(file, position) ?? (UInt32(end, 16), UInt32(end, 12), UInt16(end, 10));
        }

        throw Wrong(file, "the end record is missing");
    }

    private static (long Start, long Length, long Count)? FindDirectory64(RandomAccessFile file, long endPosition)
    {
        if (endPosition < 20)
            return null;
        byte[] locator = new byte[20];
        file.ReadExactly(endPosition - 20, locator, "zip64 locator");
        if (UInt32(locator, 0) != Locator64Signature)
            return null;
        long position = Int64(locator, 8);
        byte[] end = new byte[56];
        if (position < 0 || position > file.Length - end.Length)
            throw Wrong(file, "the ZIP64 end record lies outside the file");
        file.ReadExactly(position, end, "zip64 end record");
        if (UInt32(end, 0) != End64Signature)
            throw Wrong(file, "the ZIP64 end record is missing");
        return (Int64(end, 48), Int64(end, 40), Int64(end, 32));
    }

    private static ZipEntry ReadEntry(RandomAccessFile file, ReadOnlySpan<byte> directory, ref int position, long directoryStart)
    {
        ReadOnlySpan<byte> record = directory[position..];
        if (record.Length < CentralBytes || UInt32(record, 0) != CentralSignature)
            throw Wrong(file, "a directory record is damaged");
        int nameLength = UInt16(record, 28);
        int extraLength = UInt16(record, 30);
        int recordLength = CentralBytes + nameLength + extraLength + UInt16(record, 32);
        if (recordLength > record.Length)
            throw Wrong(file, "a directory record is cut");
        string name = ReadName(file, record.Slice(CentralBytes, nameLength));
        ushort method = UInt16(record, 10);
        if ((UInt16(record, 8) & Encrypted) != 0)
            throw Wrong(file, $"entry {name} is encrypted");
        if (method != 0)
            throw Wrong(file, $"entry {name} is compressed (method {method}); checkpoints store their entries", "save it again with torch.save");
        long length = UInt32(record, 24);
        long compressed = UInt32(record, 20);
        long local = UInt32(record, 42);
        ReadZip64Extra(file, name, record.Slice(CentralBytes + nameLength, extraLength), ref length, ref compressed, ref local);
        if (length < 0 || compressed != length)
            throw Wrong(file, $"entry {name} is stored, but its two lengths differ");
        position += recordLength;
        return new ZipEntry(name, UInt32(record, 16), length, FindData(file, name, local, length, directoryStart));
    }

    private static void ReadZip64Extra(
        RandomAccessFile file, string name, ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long local)
    {
        while (extra.Length >= 4)
        {
            ushort id = UInt16(extra, 0);
            ushort size = UInt16(extra, 2);
            if (size > extra.Length - 4)
                throw Wrong(file, $"entry {name} has a damaged extra field");
            ReadOnlySpan<byte> body = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1)
                continue;
            TakeIfMissing(ref length, ref body);
            TakeIfMissing(ref compressed, ref body);
            TakeIfMissing(ref local, ref body);
            return;
        }
    }

    private static void TakeIfMissing(ref long value, ref ReadOnlySpan<byte> body)
    {
        if (value != uint.MaxValue || body.Length < 8)
            return;
        value = Int64(body, 0);
        body = body[8..];
    }

    private static string ReadName(RandomAccessFile file, ReadOnlySpan<byte> bytes)
    {
        string name;
        try
        {
            name = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new InvalidFileException(file.Path, "zip archive", "an entry's name is not UTF-8", "the file is damaged", failure);
        }

        if (name.Any(c => c is < ' ' or '\\' or ':') || name.StartsWith('/') || name.Split('/').Any(part => part is ".." or "."))
            throw Wrong(file, $"entry name {new string([.. name.Select(c => c < ' ' ? '?' : c)])} is refused");
        return name;
    }

    private static long FindData(RandomAccessFile file, string name, long local, long length, long directoryStart)
    {
        byte[] header = new byte[LocalBytes];
        if (local < 0 || local > directoryStart - LocalBytes)
            throw Wrong(file, $"entry {name} lies outside the file");
        file.ReadExactly(local, header, "zip local header");
        if (UInt32(header, 0) != LocalSignature)
            throw Wrong(file, $"entry {name} has no local header");
        long data = local + LocalBytes + UInt16(header, 26) + UInt16(header, 28);
        if (data > directoryStart || length > directoryStart - data)
            throw Wrong(file, $"entry {name} of {length} bytes reaches beyond the data");
        return data;
    }

    private static void RequireNoOverlap(RandomAccessFile file, IEnumerable<ZipEntry> entries)
    {
        long end = 0;
        foreach (ZipEntry entry in entries.OrderBy(entry => entry.DataOffset).ThenBy(entry => entry.Length))
        {
            if (entry.DataOffset < end)
                throw Wrong(file, $"entry {entry.Name} overlaps another one");
            end = entry.DataOffset + entry.Length;
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static InvalidFileException Wrong(RandomAccessFile file, string problem, string hint = "the file is truncated, damaged or not a checkpoint: copy it again") =>
        new(file.Path, "zip archive", problem, hint);
}
