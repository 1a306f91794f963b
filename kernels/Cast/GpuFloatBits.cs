using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// Conversions between the bits of float32, float16 and bfloat16 in integer and float32 arithmetic: OpenCL devices without half-precision support do them
/// too, and the results are the same bits everywhere. Rounding is to nearest, ties to even; NaN stays a quiet NaN.
/// </summary>
internal static class GpuFloatBits
{
    // 2^112: what the exponents' biases, 127 and 15, differ by.
    private const float BiasFactor = 5.192296858534828e33f;

    // The ulp of 0.5 as float32 is 2^-24, that of float16's subnormals.
    private const uint Half = 0x3F000000;

    /// <summary>The bits of the float32 with a float16's value; exact. Free of branches.</summary>
    public static uint FromHalf(uint half)
    {
        // With the fields shifted into place the value is 2^-112 of the right one, subnormals included.
        uint magnitude = Interop.FloatAsInt(Interop.IntAsFloat((half & 0x7FFF) << 13) * BiasFactor);
        uint special = 0x7F800000 | ((half & 0x3FF) << 13) | ((half & 0x3FF) != 0 ? 0x400000u : 0);
        return ((half & 0x8000) << 16) | ((half & 0x7C00) == 0x7C00 ? special : magnitude);
    }

    /// <summary>The bits of the float16 nearest to a float32. Free of branches.</summary>
    public static uint ToHalf(uint bits)
    {
        uint magnitude = bits & 0x7FFFFFFF;
        // 2^-14 and above are normal: drop 13 bits of the mantissa, rounded, and shift the exponent's bias. 65520 and above become infinity by the carry.
        uint normal = (magnitude - 0x38000000 + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
        // Smaller ones are rounded to multiples of 2^-24 by adding 0.5.
        uint subnormal = Interop.FloatAsInt(Interop.IntAsFloat(magnitude) + Interop.IntAsFloat(Half)) - Half;
        uint special = magnitude > 0x7F800000 ? 0x7E00 | ((magnitude >> 13) & 0x1FF) : 0x7C00;
        uint finite = magnitude < 0x38800000 ? subnormal : normal;
        return ((bits >> 16) & 0x8000) | (magnitude >= 0x47800000 ? special : finite);
    }

    /// <summary>The bits of the bfloat16 nearest to a float32.</summary>
    public static uint ToBFloat16(uint bits) => (bits & 0x7FFFFFFF) > 0x7F800000
        ? (bits >> 16) | 0x40
        : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}
