namespace STUNet.Kernels;

/// <summary>
/// Conversions between the bits of float32, float16 and bfloat16 in integer arithmetic: OpenCL devices without half-precision support do them too, and
/// the results are the same bits everywhere. Rounding is to nearest, ties to even; NaN stays a quiet NaN.
/// </summary>
internal static class GpuFloatBits
{
    /// <summary>The bits of the float32 with a float16's value; exact.</summary>
    public static uint FromHalf(uint half)
    {
        uint sign = (half & 0x8000) << 16;
        uint exponent = (half >> 10) & 0x1F;
        uint mantissa = half & 0x3FF;
        if (exponent == 31)
            return sign | 0x7F800000 | (mantissa << 13) | (mantissa != 0 ? 0x400000u : 0);
        if (exponent != 0)
            return sign | ((exponent + 112) << 23) | (mantissa << 13);
        if (mantissa == 0)
            return sign;
        // Subnormal: mantissa * 2^-24. Shift its leading one to bit 10, counting down from the exponent of 2^-14.
        uint shifted = 113;
        while ((mantissa & 0x400) == 0)
        {
            mantissa <<= 1;
            shifted--;
        }

        return sign | (shifted << 23) | ((mantissa & 0x3FF) << 13);
    }

    /// <summary>The bits of the float16 nearest to a float32.</summary>
    public static uint ToHalf(uint bits)
    {
        uint sign = (bits >> 16) & 0x8000;
        uint magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000)
            return sign | 0x7E00 | ((magnitude >> 13) & 0x1FF);
        // 65520 and above round to infinity.
        if (magnitude >= 0x477FF000)
            return sign | 0x7C00;
        // 2^-14 and above are normal: drop 13 bits of the mantissa, rounded, and shift the exponent's bias from 127 to 15.
        if (magnitude >= 0x38800000)
            return sign | ((magnitude - 0x38000000 + 0xFFF + ((magnitude >> 13) & 1)) >> 13);
        // 2^-25 and below round to zero.
        if (magnitude <= 0x33000000)
            return sign;
        // Subnormal: the mantissa with its leading one, in units of 2^-24, rounded.
        int drop = (int)(126 - (magnitude >> 23));
        uint mantissa = (magnitude & 0x7FFFFF) | 0x800000;
        uint half = 1u << (drop - 1);
        return sign | ((mantissa + half - 1 + ((mantissa >> drop) & 1)) >> drop);
    }

    /// <summary>The bits of the bfloat16 nearest to a float32.</summary>
    public static uint ToBFloat16(uint bits) => (bits & 0x7FFFFFFF) > 0x7F800000
        ? (bits >> 16) | 0x40
        : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}
