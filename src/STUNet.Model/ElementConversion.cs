using System.Buffers.Binary;
using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>Conversion between stored elements (little-endian bytes) and binary32.</summary>
public static class ElementConversion
{
    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 => 8,
        ElementType.F32 or ElementType.I32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 => 2,
        ElementType.I8 or ElementType.U8 or ElementType.BOOL => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Converts stored elements to binary32, rounding to nearest even where binary32 is too narrow.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="source">Little-endian elements.</param>
    /// <param name="destination">As many values.</param>
    public static void ToSingles(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int size = type.Size();
        if (source.Length != (long)size * destination.Length)
            throw new ArgumentException("source and destination differ in length", nameof(source));
        if (type == ElementType.F32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
            destination[i] = ToSingle(type, source.Slice(i * size, size));
    }

    /// <summary>Converts binary32 to stored elements, rounding to nearest even.</summary>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="source">The values.</param>
    /// <param name="destination">Little-endian elements.</param>
    /// <returns>Index of the first finite value that overflows to infinity, or -1.</returns>
    public static int FromSingles(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        int overflow = -1;
        for (int i = 0; i < source.Length; i++)
        {
            float value = source[i];
            float stored;
            switch (type)
            {
                case ElementType.F32:
                    BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], value);
                    stored = value;
                    break;
                case ElementType.F16:
                    Half half = (Half)value;
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], half);
                    stored = (float)half;
                    break;
                case ElementType.BF16:
                    ushort bits = BFloat16.FromSingle(value);
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], bits);
                    stored = BFloat16.ToSingle(bits);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(type), type, "weights are stored as F32, F16 or BF16");
            }

            if (overflow < 0 && float.IsFinite(value) && !float.IsFinite(stored))
                overflow = i;
        }

        return overflow;
    }

    private static float ToSingle(ElementType type, ReadOnlySpan<byte> element) => type switch
    {
        ElementType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
        ElementType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
        ElementType.BF16 => BFloat16.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element)),
        ElementType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
        ElementType.I64 => BinaryPrimitives.ReadInt64LittleEndian(element),
        ElementType.I32 => BinaryPrimitives.ReadInt32LittleEndian(element),
        ElementType.I16 => BinaryPrimitives.ReadInt16LittleEndian(element),
        ElementType.I8 => (sbyte)element[0],
        ElementType.U8 => element[0],
        ElementType.BOOL => element[0] == 0 ? 0 : 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
