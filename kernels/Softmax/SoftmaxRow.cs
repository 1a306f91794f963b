using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>Softmax of one voxel's classes, shared by the softmax and the streamed head.</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>
    /// Writes exp(x - max) for the classes of one voxel and returns 1 over their sum. The last, partial vector is copied through a buffer filled up
    /// with -inf, so that padding, which may hold anything, counts as exp(-inf) = 0; the target must have room for whole vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponentials<TIsa, V>(float* source, float* target, int classes)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        int whole = classes / TIsa.Lanes * TIsa.Lanes;
        float* rest = stackalloc float[TIsa.Lanes];
        for (int lane = 0; lane < TIsa.Lanes; lane++)
            rest[lane] = whole + lane < classes ? source[whole + lane] : float.NegativeInfinity;
        V tail = TIsa.Load(rest);
        V largest = tail;
        for (int k = 0; k < whole; k += TIsa.Lanes)
            largest = TIsa.Max(largest, TIsa.Load(source + k));
        TIsa.Store(rest, largest);
        float max = rest[0];
        for (int lane = 1; lane < TIsa.Lanes; lane++)
            max = Math.Max(max, rest[lane]);

        V shift = TIsa.Broadcast(max);
        V sum = TIsa.Broadcast(0);
        for (int k = 0; k < whole; k += TIsa.Lanes)
        {
            V value = VectorExp.Exp<TIsa, V>(TIsa.Subtract(TIsa.Load(source + k), shift));
            TIsa.Store(target + k, value);
            sum = TIsa.Add(sum, value);
        }

        if (whole < classes)
        {
            V value = VectorExp.Exp<TIsa, V>(TIsa.Subtract(tail, shift));
            TIsa.Store(target + whole, value);
            sum = TIsa.Add(sum, value);
        }

        return 1 / TIsa.Sum(sum);
    }

    /// <summary>The same of whole vectors, the last one given: its lanes past the last class must hold -inf. Also tells the largest value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ExponentialsOfWhole<TIsa, V>(float* source, V last, float* target, int vectors, out float max)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        int end = (vectors - 1) * TIsa.Lanes;
        V largest = last;
        for (int k = 0; k < end; k += TIsa.Lanes)
            largest = TIsa.Max(largest, TIsa.Load(source + k));
        max = TIsa.Largest(largest);
        V shift = TIsa.Broadcast(max);
        V sum = TIsa.Broadcast(0);
        V value;
        for (int k = 0; k < end; k += TIsa.Lanes)
        {
            value = VectorExp.Exp<TIsa, V>(TIsa.Subtract(TIsa.Load(source + k), shift));
            TIsa.Store(target + k, value);
            sum = TIsa.Add(sum, value);
        }

        value = VectorExp.Exp<TIsa, V>(TIsa.Subtract(last, shift));
        TIsa.Store(target + end, value);
        return 1 / TIsa.Sum(TIsa.Add(sum, value));
    }
}
