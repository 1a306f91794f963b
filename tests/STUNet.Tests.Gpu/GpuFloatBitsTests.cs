using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>The integer conversions against the base class library's, which the CPU's cast uses.</summary>
public sealed class GpuFloatBitsTests
{
    [Fact]
    public void FromHalf_AllBits_EqualsTheLibrary()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            float actual = BitConverter.UInt32BitsToSingle(GpuFloatBits.FromHalf((uint)bits));
            Assert.True(expected.Equals(actual) && float.IsNegative(expected) == float.IsNegative(actual), $"{bits:X4}: {expected:R}, {actual:R}");
        }
    }

    /// <summary>Every half, every midpoint between two halves and their neighbours on both sides; then a sweep over all exponents.</summary>
    [Fact]
    public void ToHalf_MidpointsAndAllExponents_EqualsTheLibrary()
    {
        for (uint bits = 0; bits < 0x7C00; bits++)
        {
            double low = (double)BitConverter.UInt16BitsToHalf((ushort)bits);
            double high = bits == 0x7BFF ? 65536 : (double)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            float midpoint = (float)((low + high) / 2);
            foreach (float value in (float[])[(float)low, midpoint, MathF.BitIncrement(midpoint), MathF.BitDecrement(midpoint)])
            {
                CheckHalf(value);
                CheckHalf(-value);
            }
        }

        for (ulong bits = 0; bits <= uint.MaxValue; bits += 65521)
            CheckHalf(BitConverter.UInt32BitsToSingle((uint)bits));
    }

    [Fact]
    public void ToBFloat16_AllExponents_EqualsTheCpu()
    {
        for (ulong bits = 0; bits <= uint.MaxValue; bits += 16381)
        {
            ushort expected = BFloat16.FromSingle(BitConverter.UInt32BitsToSingle((uint)bits));
            Assert.Equal(expected, (ushort)GpuFloatBits.ToBFloat16((uint)bits));
        }
    }

    private static void CheckHalf(float value)
    {
        Half expected = (Half)value;
        Half actual = BitConverter.UInt16BitsToHalf((ushort)GpuFloatBits.ToHalf(BitConverter.SingleToUInt32Bits(value)));
        Assert.True(expected.Equals(actual) && Half.IsNegative(expected) == Half.IsNegative(actual), $"{value:R}: {expected}, {actual}");
    }
}
