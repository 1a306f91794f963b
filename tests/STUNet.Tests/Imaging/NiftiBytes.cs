using System.Buffers.Binary;
using System.IO.Compression;

namespace STUNet.Tests.Imaging;

/// <summary>Builds NIfTI files byte by byte, independently of the product's writer.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="BigEndian">Byte order.</param>
/// <param name="Type">The datatype code.</param>
/// <param name="Size">Sizes along x, y, z (file order).</param>
internal sealed record NiftiBytes(int Version, bool BigEndian, short Type, int[] Size)
{
    public double Slope { get; init; }

    public double Intercept { get; init; }

    /// <summary>Voxel sizes along x, y, z.</summary>
    public double[] Spacing { get; init; } = [0.75, 1.25, 2.5];

    /// <summary>The sform, 12 values; null for code 0.</summary>
    public double[]? Sform { get; init; }

    /// <summary>quatern b, c, d, offset x, y, z, qfac; null for code 0.</summary>
    public double[]? Qform { get; init; }

    public bool Single { get; init; } = true;

    public byte[] Extension { get; init; } = [];

    /// <summary>Bytes per voxel.</summary>
    public int Width => Type switch { 2 or 256 => 1, 4 or 512 => 2, 8 or 16 or 768 => 4, _ => 8 };

    public byte[] Header()
    {
        bool one = Version == 1;
        byte[] bytes = new byte[one ? 348 : 540];
        Integer(bytes, 0, 4, bytes.Length);
        "n+1\0"u8.CopyTo(bytes.AsSpan(one ? 344 : 4));
        if (!one)
            "n+2\0\r\n\x1a\n"u8.CopyTo(bytes.AsSpan(4));
        if (!Single)
            bytes[one ? 345 : 5] = (byte)'i';
        Integer(bytes, one ? 70 : 12, 2, Type);
        Integer(bytes, one ? 72 : 14, 2, Width * 8);
        for (int i = 0; i < 8; i++)
        {
            Integer(bytes, one ? 40 + (2 * i) : 16 + (8 * i), one ? 2 : 8, i == 0 ? Size.Length : i <= Size.Length ? Size[i - 1] : 1);
            Real(bytes, one ? 76 + (4 * i) : 104 + (8 * i), i == 0 ? Qform?[6] ?? 1 : i <= 3 ? Spacing[i - 1] : 1);
        }

        int offset = Single ? bytes.Length + 4 + Extension.Length : 0;
        if (one)
            Real(bytes, 108, offset);
        else
            Integer(bytes, 168, 8, offset);
        Real(bytes, one ? 112 : 176, Slope);
        Real(bytes, one ? 116 : 184, Intercept);
        Integer(bytes, one ? 252 : 344, one ? 2 : 4, Qform is null ? 0 : 1);
        Integer(bytes, one ? 254 : 348, one ? 2 : 4, Sform is null ? 0 : 2);
        for (int i = 0; i < 6 && Qform is not null; i++)
            Real(bytes, one ? 256 + (4 * i) : 352 + (8 * i), Qform[i]);
        for (int i = 0; i < 12 && Sform is not null; i++)
            Real(bytes, one ? 280 + (4 * i) : 400 + (8 * i), Sform[i]);
        return bytes;
    }

    /// <summary>Voxel data out of bit patterns, little-endian in the low bytes.</summary>
    public byte[] Voxels(ReadOnlySpan<ulong> bits)
    {
        byte[] bytes = new byte[bits.Length * Width];
        for (int i = 0; i < bits.Length; i++)
            Integer(bytes, i * Width, Width, (long)bits[i]);
        return bytes;
    }

    public byte[] File(ReadOnlySpan<ulong> bits) =>
        [.. Header(), .. new byte[] { (byte)(Extension.Length > 0 ? 1 : 0), 0, 0, 0 }, .. Extension, .. Voxels(bits)];

    public static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest))
            gzip.Write(content);
        return stream.ToArray();
    }

    private void Integer(byte[] bytes, int position, int width, long value)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, value);
        word = word[..width];
        if (BigEndian)
            word.Reverse();
        word.CopyTo(bytes.AsSpan(position));
    }

    private void Real(byte[] bytes, int position, double value) =>
        Integer(bytes, position, Version == 1 ? 4 : 8, Version == 1 ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value));
}
