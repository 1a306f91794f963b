using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace STUNet.WeightsConverter;

/// <summary>A numpy dtype: kind (b, i, u, f, U, S, O), item size in bytes, byte order. The order arrives later, by BUILD.</summary>
internal sealed class NumpyDType
{
    private NumpyDType(char kind, int itemSize) => (Kind, ItemSize) = (kind, itemSize);

    public char Kind { get; }

    public int ItemSize { get; }

    public bool BigEndian { get; set; }

    /// <summary>The dtype of a code such as f8, b1, U12 or O8; null when not supported.</summary>
    public static NumpyDType? Parse(string code)
    {
        if (code.Length < 2 || !int.TryParse(code.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int size))
            return null;
        return (code[0], size) switch
        {
            ('b', 1) or ('i' or 'u', 1 or 2 or 4 or 8) or ('f', 2 or 4 or 8) or ('O', 4 or 8) => new NumpyDType(code[0], size),
            ('U', <= 1 << 20) => new NumpyDType('U', 4 * size),
            ('S', <= 1 << 20) => new NumpyDType('S', size),
            _ => null,
        };
    }

    /// <summary>One element as a bool, long, double or text.</summary>
    public object Decode(ReadOnlySpan<byte> element)
    {
        switch (Kind)
        {
            case 'U':
                return DecodeUcs4(element);
            case 'S':
                return Encoding.Latin1.GetString(element).TrimEnd('\0');
        }

        Span<byte> little = stackalloc byte[8];
        element.CopyTo(little);
        if (BigEndian)
            little[..element.Length].Reverse();
        return (Kind, ItemSize) switch
        {
            ('b', _) => little[0] != 0,
            ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(little),
            ('f', 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(little),
            ('f', _) => BinaryPrimitives.ReadDoubleLittleEndian(little),
            ('i', 1) => (long)(sbyte)little[0],
            ('i', 2) => (long)BinaryPrimitives.ReadInt16LittleEndian(little),
            ('i', 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(little),
            _ => BinaryPrimitives.ReadInt64LittleEndian(little),
        };
    }

    private string DecodeUcs4(ReadOnlySpan<byte> element)
    {
        StringBuilder text = new();
        for (int i = 0; i + 4 <= element.Length; i += 4)
        {
            int code = BigEndian ? BinaryPrimitives.ReadInt32BigEndian(element[i..]) : BinaryPrimitives.ReadInt32LittleEndian(element[i..]);
            text.Append(Rune.TryCreate(code, out Rune rune) ? rune : Rune.ReplacementChar);
        }

        return text.ToString().TrimEnd('\0');
    }
}
