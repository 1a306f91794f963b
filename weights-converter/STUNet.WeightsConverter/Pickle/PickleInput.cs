using System.Text;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>A part of a file read forwards in small pieces; every length is checked against what is left before memory is taken for it.</summary>
internal sealed class PickleInput
{
    private const int BufferBytes = 1 << 14;
    private const int MaxLineBytes = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly RandomAccessFile _file;
    private readonly string _name;
    private readonly byte[] _buffer;
    private readonly long _start;
    private readonly long _end;
    private long _bufferStart;
    private int _buffered;
    private int _next;

    /// <summary>Opens a part of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="start">First byte.</param>
    /// <param name="length">Number of bytes.</param>
    /// <param name="name">What the part is, for messages.</param>
    public PickleInput(RandomAccessFile file, long start, long length, string name)
    {
        _file = file;
        _name = name;
        _buffer = new byte[Math.Min(BufferBytes, Math.Max(1, length))];
        _start = _bufferStart = start;
        _end = start + length;
    }

    /// <summary>Position in the file of the next byte.</summary>
    public long Position => _bufferStart + _next;

    public long Remaining => _end - Position;

    public byte ReadByte()
    {
        if (_next == _buffered)
            Refill();
        return _buffer[_next++];
    }

    public byte[] ReadBytes(long count, string what)
    {
        RequireLength(count, what);
        byte[] bytes = new byte[count];
        int fromBuffer = (int)Math.Min(count, _buffered - _next);
        _buffer.AsSpan(_next, fromBuffer).CopyTo(bytes);
        _next += fromBuffer;
        if (fromBuffer < count)
        {
            _file.ReadExactly(Position, bytes.AsSpan(fromBuffer), _name);
            _bufferStart = Position + count - fromBuffer;
            _next = _buffered = 0;
        }

        return bytes;
    }

    public long ReadLittleEndian(int bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
            value |= (ulong)ReadByte() << (8 * i);
        return (long)value;
    }

    public double ReadBigEndianDouble()
    {
        ulong bits = 0;
        for (int i = 0; i < 8; i++)
            bits = (bits << 8) | ReadByte();
        return BitConverter.UInt64BitsToDouble(bits);
    }

    public string ReadUtf8(long count, string what)
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes(count, what));
        }
        catch (DecoderFallbackException failure)
        {
            throw Wrong($"{what} is not UTF-8", failure);
        }
    }

    public string ReadLine()
    {
        StringBuilder line = new();
        for (byte next; (next = ReadByte()) != '\n';)
        {
            if (line.Length == MaxLineBytes || next is < 0x20 or > 0x7E)
                throw Wrong("a module or class name is longer than 512 bytes or not plain text");
            line.Append((char)next);
        }

        return line.ToString();
    }

    public void Skip(long count, string what)
    {
        RequireLength(count, what);
        _bufferStart = Position + count;
        _next = _buffered = 0;
    }

    public void RequireLength(long count, string what)
    {
        if (count < 0 || count > Remaining)
            throw Wrong($"{what} declares {(ulong)count} bytes where {Remaining} are left");
    }

    public InvalidFileException Wrong(string problem, Exception? inner = null) =>
        new(_file.Path, $"{_name} at byte {Position - _start}", problem, "the file is damaged or not a checkpoint", inner);

    private void Refill()
    {
        _bufferStart += _buffered;
        _next = 0;
        _buffered = 0;
        int count = (int)Math.Min(_buffer.Length, _end - _bufferStart);
        if (count <= 0)
            throw Wrong("the pickle ends without STOP");
        _file.ReadExactly(_bufferStart, _buffer.AsSpan(0, count), _name);
        _buffered = count;
    }
}
