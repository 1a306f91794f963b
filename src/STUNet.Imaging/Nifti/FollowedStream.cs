namespace STUNet.Imaging.Nifti;

/// <summary>A stream with some bytes behind its end; reading only.</summary>
/// <param name="stream">Read first; disposed of with this object.</param>
/// <param name="tail">Read after it.</param>
internal sealed class FollowedStream(Stream stream, byte[] tail) : Stream
{
    private int _tailRead;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = stream.Read(buffer);
        if (read > 0)
            return read;
        int rest = Math.Min(buffer.Length, tail.Length - _tailRead);
        tail.AsSpan(_tailRead, rest).CopyTo(buffer);
        _tailRead += rest;
        return rest;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }
}
