namespace STUNet.Core;

/// <summary>Conversions between bfloat16 bits and binary32.</summary>
public static class BFloat16
{
    /// <summary>The value of bfloat16 bits; exact.</summary>
    /// <param name="bits">The bits.</param>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearest bfloat16, ties to even; NaN stays a quiet NaN.</summary>
    /// <param name="value">The value.</param>
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
