using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>Rounding to element types, to nearest with ties to even.</summary>
public static class ElementRounding
{
    /// <summary>The nearest value of an element type, as float32.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    public static float Round(float value, DType type) => type switch
    {
        DType.F16 => (float)(Half)value,
        DType.BF16 => BFloat16.ToSingle(BFloat16.FromSingle(value)),
        _ => value,
    };

    /// <summary>The nearest value that has the 10 bits of mantissa of TF32, ties away from zero.</summary>
    /// <param name="value">The value, finite.</param>
    public static float RoundToTF32(float value) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x1000) & 0xFFFFE000);

    /// <summary>
    /// The most by which rounding to an element type moves a value of up to a magnitude: half a unit in the last place, 2^-11 of it for F16 (2^-25 where subnormal), 2^-8 for
    /// BF16, nothing for F32.
    /// </summary>
    /// <param name="magnitude">The magnitude.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    public static double HalfUnit(double magnitude, DType type) => type switch
    {
        DType.F16 => Math.Max(magnitude * Math.Pow(2, -11), Math.Pow(2, -25)),
        DType.BF16 => magnitude * Math.Pow(2, -8),
        _ => 0,
    };
}
