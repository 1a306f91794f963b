using System.Runtime.Intrinsics;
using STUNet.Kernels;

namespace STUNet.Tests.Kernels;

/// <summary>The vector exponential against double precision over its whole range.</summary>
public sealed unsafe class VectorExpTests
{
    [Fact]
    public void Exp_WholeRange_IsWithinTwoRoundingsOfDouble()
    {
        AssertAccurate<Isa512, Vector512<float>>();
        AssertAccurate<Isa256, Vector256<float>>();
        AssertAccurate<Isa128, Vector128<float>>();
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(-104f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_SpecialValue_IsExact(float x, float expected)
    {
        Assert.Equal(expected, One<Isa512, Vector512<float>>(x));
        Assert.Equal(expected, One<Isa256, Vector256<float>>(x));
        Assert.Equal(expected, One<Isa128, Vector128<float>>(x));
    }

    private static void AssertAccurate<TIsa, V>()
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        double worst = 0;
        for (float x = -87.29f; x < 87.9f; x += 0.000917f)
            worst = Math.Max(worst, Math.Abs((One<TIsa, V>(x) / Math.Exp(x)) - 1));

        // The reduction leaves r with an error of 2^-24 * 0.35 and a rounding of n * ln 2's low part; two roundings of the last steps follow.
        Assert.True(worst <= Math.Pow(2, -22), $"{typeof(TIsa).Name}: relative error {worst:E3}");
    }

    private static float One<TIsa, V>(float x)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        float* lanes = stackalloc float[TIsa.Lanes];
        TIsa.Store(lanes, VectorExp.Exp<TIsa, V>(TIsa.Broadcast(x)));
        return lanes[TIsa.Lanes - 1];
    }
}
