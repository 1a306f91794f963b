using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// exp(x) in float32. With n = round(x / ln 2) and r = x - n ln 2 (ln 2 in two parts, the first with 9 bits, so that n times it is exact),
/// |r| &lt;= 0.3466 and exp(x) = 2^n exp(r); exp(r) is its Taylor series up to r^7, whose remainder is below r^8 / 8! = 5.2e-9 of the value.
/// What remains is rounding: the last multiply-adds give about 1e-7 relative. Below -87.3 (where 2^n would be subnormal) the result is 0,
/// above 88 infinity; NaN stays NaN.
/// </summary>
internal static class VectorExp
{
    private const float InverseLn2 = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Smallest = -87.3f;
    private const float Largest = 88f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<TIsa, V>(V x)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        V n = TIsa.Round(TIsa.Multiply(x, TIsa.Broadcast(InverseLn2)));
        V r = TIsa.MultiplyAdd(n, TIsa.Broadcast(-Ln2High), x);
        r = TIsa.MultiplyAdd(n, TIsa.Broadcast(-Ln2Low), r);
        V sum = TIsa.Broadcast(1f / 5040);
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f / 720));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f / 120));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f / 24));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f / 6));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(0.5f));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f));
        sum = TIsa.MultiplyAdd(sum, r, TIsa.Broadcast(1f));
        V value = TIsa.Multiply(sum, TIsa.PowerOfTwo(n));
        value = TIsa.Select(TIsa.Greater(TIsa.Broadcast(Smallest), x), TIsa.Broadcast(0), value);
        return TIsa.Select(TIsa.Greater(x, TIsa.Broadcast(Largest)), TIsa.Broadcast(float.PositiveInfinity), value);
    }
}
