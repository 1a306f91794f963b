using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// The transforms of <see cref="WinogradFilter"/> along one line, a vector of channels at a time. Points of a pair p, -p share their even and odd
/// halves. Steps in elements.
/// </summary>
internal static unsafe class WinogradLines<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const float InnerSquare = WinogradFilter.Inner * WinogradFilter.Inner;
    private const float OuterSquare = WinogradFilter.Outer * WinogradFilter.Outer;

    /// <summary>B^T x for a tile of 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input2(V x0, V x1, V x2, V x3, float* target, nint step)
    {
        TIsa.Store(target, TIsa.Subtract(x2, x0));
        TIsa.Store(target + step, TIsa.Add(x2, x1));
        TIsa.Store(target + (2 * step), TIsa.Subtract(x2, x1));
        TIsa.Store(target + (3 * step), TIsa.Subtract(x3, x1));
    }

    /// <summary>B^T x for a tile of 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input4(V x0, V x1, V x2, V x3, V x4, V x5, float* target, nint step)
    {
        V sum = TIsa.Broadcast(-(InnerSquare + OuterSquare));
        V product = TIsa.Broadcast(InnerSquare * OuterSquare);
        TIsa.Store(target, TIsa.MultiplyAdd(product, x0, TIsa.MultiplyAdd(sum, x2, x4)));
        TIsa.Store(target + (5 * step), TIsa.MultiplyAdd(product, x1, TIsa.MultiplyAdd(sum, x3, x5)));
        V outerSquare = TIsa.Broadcast(-OuterSquare);
        V even = TIsa.MultiplyAdd(outerSquare, x2, x4);
        V odd = TIsa.MultiplyAdd(outerSquare, x1, x3);
        TIsa.Store(target + step, TIsa.MultiplyAdd(TIsa.Broadcast(WinogradFilter.Inner), odd, even));
        TIsa.Store(target + (2 * step), TIsa.MultiplyAdd(TIsa.Broadcast(-WinogradFilter.Inner), odd, even));
        V innerSquare = TIsa.Broadcast(-InnerSquare);
        even = TIsa.MultiplyAdd(innerSquare, x2, x4);
        odd = TIsa.MultiplyAdd(innerSquare, x1, x3);
        TIsa.Store(target + (3 * step), TIsa.MultiplyAdd(TIsa.Broadcast(WinogradFilter.Outer), odd, even));
        TIsa.Store(target + (4 * step), TIsa.MultiplyAdd(TIsa.Broadcast(-WinogradFilter.Outer), odd, even));
    }

    /// <summary>Transforms lines of inputs in memory.</summary>
    /// <param name="tile">1, 2 or 4.</param>
    /// <param name="lines">Number of lines.</param>
    /// <param name="source">First input of the first line.</param>
    /// <param name="sourceLine">From line to line.</param>
    /// <param name="sourceStep">From input to input.</param>
    /// <param name="target">First point of the first line.</param>
    /// <param name="targetLine">From line to line.</param>
    /// <param name="targetStep">From point to point.</param>
    public static void Input(int tile, int lines, float* source, nint sourceLine, nint sourceStep, float* target, nint targetLine, nint targetStep)
    {
        for (; lines > 0; lines--, source += sourceLine, target += targetLine)
        {
            V x0 = TIsa.Load(source);
            if (tile == 1)
            {
                TIsa.Store(target, x0);
                continue;
            }

            V x1 = TIsa.Load(source + sourceStep);
            V x2 = TIsa.Load(source + (2 * sourceStep));
            V x3 = TIsa.Load(source + (3 * sourceStep));
            if (tile == 2)
                Input2(x0, x1, x2, x3, target, targetStep);
            else
                Input4(x0, x1, x2, x3, TIsa.Load(source + (4 * sourceStep)), TIsa.Load(source + (5 * sourceStep)), target, targetStep);
        }
    }

    /// <summary>Transforms lines of products in memory: A^T m.</summary>
    /// <param name="tile">1, 2 or 4.</param>
    /// <param name="lines">Number of lines.</param>
    /// <param name="source">First point of the first line.</param>
    /// <param name="sourceLine">From line to line.</param>
    /// <param name="sourceStep">From point to point.</param>
    /// <param name="target">First output of the first line.</param>
    /// <param name="targetLine">From line to line.</param>
    /// <param name="targetStep">From output to output.</param>
    public static void Output(int tile, int lines, float* source, nint sourceLine, nint sourceStep, float* target, nint targetLine, nint targetStep)
    {
        for (; lines > 0; lines--, source += sourceLine, target += targetLine)
        {
            V m0 = TIsa.Load(source);
            if (tile == 1)
            {
                TIsa.Store(target, m0);
                continue;
            }

            V m1 = TIsa.Load(source + sourceStep);
            V m2 = TIsa.Load(source + (2 * sourceStep));
            V m3 = TIsa.Load(source + (3 * sourceStep));
            V even = TIsa.Add(m1, m2);
            V odd = TIsa.Subtract(m1, m2);
            if (tile == 2)
            {
                TIsa.Store(target, TIsa.Add(m0, even));
                TIsa.Store(target + targetStep, TIsa.Add(odd, m3));
                continue;
            }

            V m4 = TIsa.Load(source + (4 * sourceStep));
            V outerEven = TIsa.Add(m3, m4);
            V outerOdd = TIsa.Subtract(m3, m4);
            TIsa.Store(target, TIsa.Add(TIsa.Add(m0, even), outerEven));
            TIsa.Store(
                target + targetStep,
                TIsa.MultiplyAdd(TIsa.Broadcast(WinogradFilter.Inner), odd, TIsa.Multiply(TIsa.Broadcast(WinogradFilter.Outer), outerOdd)));
            TIsa.Store(
                target + (2 * targetStep),
                TIsa.MultiplyAdd(TIsa.Broadcast(InnerSquare), even, TIsa.Multiply(TIsa.Broadcast(OuterSquare), outerEven)));
            V m5 = TIsa.Load(source + (5 * sourceStep));
            V cubes = TIsa.MultiplyAdd(TIsa.Broadcast(OuterSquare * WinogradFilter.Outer), outerOdd, m5);
            TIsa.Store(target + (3 * targetStep), TIsa.MultiplyAdd(TIsa.Broadcast(InnerSquare * WinogradFilter.Inner), odd, cubes));
        }
    }

    /// <summary>Transforms lines of three taps in memory: G w.</summary>
    /// <param name="tile">1 (a single tap), 2 or 4.</param>
    /// <param name="lines">Number of lines.</param>
    /// <param name="source">First tap of the first line.</param>
    /// <param name="sourceLine">From line to line.</param>
    /// <param name="sourceStep">From tap to tap.</param>
    /// <param name="target">First point of the first line.</param>
    /// <param name="targetLine">From line to line.</param>
    /// <param name="targetStep">From point to point.</param>
    public static void Weights(int tile, int lines, float* source, nint sourceLine, nint sourceStep, float* target, nint targetLine, nint targetStep)
    {
        for (; lines > 0; lines--, source += sourceLine, target += targetLine)
        {
            V w0 = TIsa.Load(source);
            if (tile == 1)
            {
                TIsa.Store(target, w0);
                continue;
            }

            V w1 = TIsa.Load(source + sourceStep);
            V w2 = TIsa.Load(source + (2 * sourceStep));
            if (tile == 2)
            {
                TIsa.Store(target, TIsa.Subtract(TIsa.Broadcast(0), w0));
                WeightPair(1, 0.5f, w0, w1, w2, target + targetStep, targetStep);
                TIsa.Store(target + (3 * targetStep), w2);
                continue;
            }

            TIsa.Store(target, TIsa.Multiply(TIsa.Broadcast(1 / (InnerSquare * OuterSquare)), w0));
            WeightPair(WinogradFilter.Inner, 1 / (2 * InnerSquare * (InnerSquare - OuterSquare)), w0, w1, w2, target + targetStep, targetStep);
            WeightPair(WinogradFilter.Outer, 1 / (2 * OuterSquare * (OuterSquare - InnerSquare)), w0, w1, w2, target + (3 * targetStep), targetStep);
            TIsa.Store(target + (5 * targetStep), w2);
        }
    }

    // Points p and -p: (w0 + p^2 w2 +- p w1) * scale.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightPair(float point, float scale, V w0, V w1, V w2, float* target, nint step)
    {
        V even = TIsa.Multiply(TIsa.Broadcast(scale), TIsa.MultiplyAdd(TIsa.Broadcast(point * point), w2, w0));
        V odd = TIsa.Multiply(TIsa.Broadcast(point * scale), w1);
        TIsa.Store(target, TIsa.Add(even, odd));
        TIsa.Store(target + step, TIsa.Subtract(even, odd));
    }
}
