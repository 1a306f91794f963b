using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The vector operations kernels are written in, once for all instruction sets. <typeparamref name="V"/> is the hardware's own vector type, so
/// that the compiler keeps it in registers; the implementing struct carries no data.
/// </summary>
/// <typeparam name="V">A vector of floats.</typeparam>
internal unsafe interface IVectorIsa<V>
    where V : struct
{
    static abstract SimdLevel Level { get; }

    static abstract int Lanes { get; }

    static abstract V Load(float* source);

    static abstract void Store(float* target, V value);

    /// <summary>Stores past the caches, to an address aligned to the vector: for results too large to be read again from a cache.</summary>
    static abstract void StoreNonTemporal(float* target, V value);

    static abstract V Broadcast(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    static abstract V SquareRoot(V value);

    /// <summary>a * b + c, fused where the processor can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The larger of two, NaN where one is.</summary>
    static abstract V Max(V a, V b);

    /// <summary>All bits set in lanes where a &gt; b; a NaN is not.</summary>
    static abstract V Greater(V a, V b);

    /// <summary>Lanes of <paramref name="yes"/> where the mask is set, of <paramref name="no"/> elsewhere.</summary>
    static abstract V Select(V mask, V yes, V no);

    static abstract V Round(V value);

    /// <summary>2^exponent for whole exponents from -126 to 127.</summary>
    static abstract V PowerOfTwo(V exponent);

    /// <summary>The largest lane, NaN where one is.</summary>
    static abstract float Largest(V value);

    /// <summary>Sum of the lanes, in an order that depends on nothing but the type.</summary>
    static abstract float Sum(V value);
}
