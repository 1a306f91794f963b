using System.IO.Compression;
using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>
/// The bytes of an image file, plain or gzip, read once from front to end. For gzip it shows that the stream is whole: the file is followed by
/// a gzip member of our own, and only if every member before it ends with a right CRC and length does inflating reach that member's content.
/// </summary>
internal sealed class ImageInput : IDisposable
{
    private const int MostTrailingBytes = 1 << 20;

    // Deflate needs at least one bit for 258 bytes and two bits per code pair: 1032 to 1 (zlib's technical details).
    private const long LargestRatio = 1032;

    private static readonly byte[] EndMark = [.. "\u0011stunet end mark\u0012"u8];
    private static readonly byte[] EndMember = Compress(EndMark);

    private readonly string _path;
    private readonly Stream _content;
    private readonly bool _isGzip;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file, for messages; a name ending in .gz must be gzip.</param>
    /// <param name="file">The bytes, seekable; disposed of with this object.</param>
    public ImageInput(string path, Stream file)
    {
        _path = path;
        StoredLength = file.Length;
        int first = file.ReadByte();
        _isGzip = first == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        if (!_isGzip && path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            file.Dispose();
            throw new InvalidFileException(path, "", "the file is not a gzip stream although its name ends in .gz", "rename it or copy it again");
        }

        _content = _isGzip ? new GZipStream(new FollowedStream(file, EndMember), CompressionMode.Decompress) : file;
    }

    /// <summary>Bytes of the file as stored.</summary>
    public long StoredLength { get; }

    /// <summary>Bytes the content can have at most.</summary>
    public long LongestContent => _isGzip ? (StoredLength > long.MaxValue / LargestRatio ? long.MaxValue : StoredLength * LargestRatio) : StoredLength;

    /// <summary>Whether the content's length is known before it is read.</summary>
    public bool IsLengthKnown => !_isGzip;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Reads until the buffer is full or the content ends.</summary>
    /// <returns>The bytes read.</returns>
    public int Fill(Span<byte> buffer)
    {
        int filled = 0;
        try
        {
            for (int read; filled < buffer.Length && (read = _content.Read(buffer[filled..])) > 0;)
                filled += read;
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(damage);
        }

        Position += filled;
        return filled;
    }

    /// <summary>Moves forward; ends early where the content does.</summary>
    public void SkipTo(long position)
    {
        if (!_isGzip)
        {
            _content.Position = Position = Math.Min(position, StoredLength);
            return;
        }

        Span<byte> scratch = stackalloc byte[4096];
        while (Position < position && Fill(scratch[..(int)Math.Min(scratch.Length, position - Position)]) > 0)
        {
        }
    }

    /// <summary>Shows that a gzip stream is whole and has no more than a little padding left.</summary>
    public void Finish()
    {
        if (!_isGzip)
            return;
        Span<byte> scratch = stackalloc byte[4096];
        Span<byte> last = stackalloc byte[EndMark.Length];
        int kept = 0;
        long left = 0;
        for (int read; (read = Fill(scratch)) > 0;)
        {
            left += read;
            if (left > MostTrailingBytes + EndMark.Length)
            {
                throw new InvalidFileException(
                    _path, "", $"more than {MostTrailingBytes} bytes follow the voxels that the header declares", "the header or the file is damaged; write it again");
            }

            int fresh = Math.Min(read, last.Length);
            int old = Math.Min(kept, last.Length - fresh);
            last.Slice(kept - old, old).CopyTo(last);
            scratch.Slice(read - fresh, fresh).CopyTo(last[old..]);
            kept = old + fresh;
        }

        if (!last[..kept].SequenceEqual(EndMark))
            throw Damaged(null);
    }

    /// <inheritdoc/>
    public void Dispose() => _content.Dispose();

    private InvalidFileException Damaged(Exception? cause) =>
        new(_path, "", "the gzip stream is cut off or damaged", "copy or download the file again", cause);

    private static byte[] Compress(ReadOnlySpan<byte> content)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionMode.Compress))
            gzip.Write(content);
        return stream.ToArray();
    }
}
