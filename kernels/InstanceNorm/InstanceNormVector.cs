using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>An instance norm on a vector of channels, with the rows of <see cref="InstanceNormTable"/>; shared by all who apply one while loading or storing.</summary>
internal static class InstanceNormVector
{
    /// <summary>(x - mean) * scale + shift. The mean is subtracted first, which is exact for values near it, however large.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Normalise<TIsa, V>(V x, V mean, V scale, V shift)
        where TIsa : struct, IVectorIsa<V>
        where V : struct =>
        TIsa.MultiplyAdd(TIsa.Subtract(x, mean), scale, shift);

    /// <summary>Leaky ReLU for slopes from 0 to 1: the larger of a value and its multiple.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Activate<TIsa, V>(V value, V slope)
        where TIsa : struct, IVectorIsa<V>
        where V : struct =>
        TIsa.Max(value, TIsa.Multiply(value, slope));
}
