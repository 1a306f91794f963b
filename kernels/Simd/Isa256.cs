using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX2 and FMA: 8 lanes.</summary>
internal readonly unsafe struct Isa256 : IVectorIsa<Vector256<float>>
{
    public static SimdLevel Level => SimdLevel.Avx2;

    public static int Lanes => 8;

    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static void Store(float* target, Vector256<float> value) => value.Store(target);

    public static void StoreNonTemporal(float* target, Vector256<float> value) => value.StoreAlignedNonTemporal(target);

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    public static Vector256<float> SquareRoot(Vector256<float> value) => Vector256.Sqrt(value);

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);

    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.Max(a, b);

    public static Vector256<float> Greater(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b);

    public static Vector256<float> Select(Vector256<float> mask, Vector256<float> yes, Vector256<float> no) => Vector256.ConditionalSelect(mask, yes, no);

    public static Vector256<float> Round(Vector256<float> value) => Vector256.Round(value);

    public static Vector256<float> PowerOfTwo(Vector256<float> exponent) =>
        ((Vector256.ConvertToInt32(exponent) + Vector256.Create(127)) << 23).AsSingle();

    public static float Largest(Vector256<float> value) => Isa128.Largest(Vector128.Max(value.GetLower(), value.GetUpper()));

    public static float Sum(Vector256<float> value) => Vector256.Sum(value);
}
