using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// Sigmoids of several logits x at once, from e = exp(-|x|), which cannot overflow: p = 1 / (1 + e) where x is above 0 and e / (1 + e) elsewhere, p (1 - p) = e / (1 + e)^2,
/// and the cross entropy against g is max(x, 0) - x g + ln(1 + e).
/// </summary>
/// <param name="Logits">The logits.</param>
/// <param name="Exponentials">e.</param>
/// <param name="Totals">1 + e.</param>
/// <param name="Probabilities">p.</param>
internal readonly record struct SegmentationLossSigmoid<TIsa, V>(V Logits, V Exponentials, V Totals, V Probabilities)
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    /// <summary>p (1 - p).</summary>
    public V Slopes => TIsa.Divide(Exponentials, TIsa.Multiply(Totals, Totals));

    /// <summary>The sigmoids of logits.</summary>
    /// <param name="logits">The logits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SegmentationLossSigmoid<TIsa, V> Of(V logits)
    {
        V zero = TIsa.Broadcast(0), one = TIsa.Broadcast(1);
        V exponentials = VectorExp.Exp<TIsa, V>(TIsa.Subtract(zero, TIsa.Max(logits, TIsa.Subtract(zero, logits))));
        V totals = TIsa.Add(one, exponentials);
        return new(logits, exponentials, totals, TIsa.Divide(TIsa.Select(TIsa.Greater(logits, zero), one, exponentials), totals));
    }

    /// <summary>max(x, 0) - x g: the cross entropy without its logarithm.</summary>
    /// <param name="present">g.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V LinearEntropy(V present) => TIsa.Subtract(TIsa.Max(Logits, TIsa.Broadcast(0)), TIsa.Multiply(Logits, present));
}
