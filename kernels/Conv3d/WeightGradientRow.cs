using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// Three taps along x at once, for instruction sets of 32 registers: eight neighbouring channels x one vector of output channels x three taps, or twice four channels x two vectors x three
/// taps. With stride 1 a value of the source belongs to all three taps, and to the gradients of the columns behind, at and before its own. With stride 2 column v of the output reads 2v - 1, 2v and
/// 2v + 1: a value at 2v belongs to the middle tap and column v, one at 2v + 1 to the last tap and column v and to the first tap and column v + 1. So the outer taps have a value of
/// their own beside the middle one's, and the last tap a gradient of its own, which with stride 1 is the column before.
/// </summary>
internal static unsafe class WeightGradientRow<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int ChannelsAtOnce = 4;

    private static int Lanes => TIsa.Lanes;

    /// <summary>Adds a tile of three taps.</summary>
    public static void Run(WeightGradientTile* tile)
    {
        if (tile->Vectors == 1)
        {
            RunNarrow(tile);
            return;
        }

        for (int channel = 0; channel < IWeightGradientMicroKernel.Channels; channel += ChannelsAtOnce)
            RunWide(tile, channel);
    }

    private static void RunNarrow(WeightGradientTile* tile)
    {
        V s0a = default, s1a = default, s2a = default, s3a = default, s4a = default, s5a = default, s6a = default, s7a = default;
        V s0b = default, s1b = default, s2b = default, s3b = default, s4b = default, s5b = default, s6b = default, s7b = default;
        V s0c = default, s1c = default, s2c = default, s3c = default, s4c = default, s5c = default, s6c = default, s7c = default;
        (nint xColumn, nint dyColumn, nint last) = (tile->XColumn, tile->DyColumn, tile->DyLast);
        float* xSlice = tile->X;
        float* dySlice = tile->Dy;
        for (int slice = tile->Slices; slice > 0; slice--, xSlice += tile->XSlice, dySlice += tile->DySlice)
        {
            float* xRow = xSlice;
            float* dyRow = dySlice;
            for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
            {
                float* middle = xRow;
                float* outer = xRow + tile->XOuter;
                float* dy = dyRow;
                for (int column = tile->Columns; column > 0; column--, middle += xColumn, outer += xColumn, dy += dyColumn)
                {
                    V a = TIsa.Load(dy + dyColumn);
                    V b = TIsa.Load(dy);
                    V c = TIsa.Load(dy + last);
                    s0b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[0]), b, s0b);
                    V value = TIsa.Broadcast(outer[0]);
                    s0a = TIsa.MultiplyAdd(value, a, s0a);
                    s0c = TIsa.MultiplyAdd(value, c, s0c);
                    s1b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[1]), b, s1b);
                    value = TIsa.Broadcast(outer[1]);
                    s1a = TIsa.MultiplyAdd(value, a, s1a);
                    s1c = TIsa.MultiplyAdd(value, c, s1c);
                    s2b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[2]), b, s2b);
                    value = TIsa.Broadcast(outer[2]);
                    s2a = TIsa.MultiplyAdd(value, a, s2a);
                    s2c = TIsa.MultiplyAdd(value, c, s2c);
                    s3b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[3]), b, s3b);
                    value = TIsa.Broadcast(outer[3]);
                    s3a = TIsa.MultiplyAdd(value, a, s3a);
                    s3c = TIsa.MultiplyAdd(value, c, s3c);
                    s4b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[4]), b, s4b);
                    value = TIsa.Broadcast(outer[4]);
                    s4a = TIsa.MultiplyAdd(value, a, s4a);
                    s4c = TIsa.MultiplyAdd(value, c, s4c);
                    s5b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[5]), b, s5b);
                    value = TIsa.Broadcast(outer[5]);
                    s5a = TIsa.MultiplyAdd(value, a, s5a);
                    s5c = TIsa.MultiplyAdd(value, c, s5c);
                    s6b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[6]), b, s6b);
                    value = TIsa.Broadcast(outer[6]);
                    s6a = TIsa.MultiplyAdd(value, a, s6a);
                    s6c = TIsa.MultiplyAdd(value, c, s6c);
                    s7b = TIsa.MultiplyAdd(TIsa.Broadcast(middle[7]), b, s7b);
                    value = TIsa.Broadcast(outer[7]);
                    s7a = TIsa.MultiplyAdd(value, a, s7a);
                    s7c = TIsa.MultiplyAdd(value, c, s7c);
                }
            }
        }

        float* sums = tile->Sums;
        nint tap = tile->SumsTap;
        Add(sums, tap, s0a, s0b, s0c);
        Add(sums + Lanes, tap, s1a, s1b, s1c);
        Add(sums + (2 * Lanes), tap, s2a, s2b, s2c);
        Add(sums + (3 * Lanes), tap, s3a, s3b, s3c);
        Add(sums + (4 * Lanes), tap, s4a, s4b, s4c);
        Add(sums + (5 * Lanes), tap, s5a, s5b, s5c);
        Add(sums + (6 * Lanes), tap, s6a, s6b, s6c);
        Add(sums + (7 * Lanes), tap, s7a, s7b, s7c);
    }

    private static void RunWide(WeightGradientTile* tile, int channel)
    {
        V s0a0 = default, s0a1 = default, s1a0 = default, s1a1 = default, s2a0 = default, s2a1 = default, s3a0 = default, s3a1 = default;
        V s0b0 = default, s0b1 = default, s1b0 = default, s1b1 = default, s2b0 = default, s2b1 = default, s3b0 = default, s3b1 = default;
        V s0c0 = default, s0c1 = default, s1c0 = default, s1c1 = default, s2c0 = default, s2c1 = default, s3c0 = default, s3c1 = default;
        (nint xColumn, nint dyColumn, nint last) = (tile->XColumn, tile->DyColumn, tile->DyLast);
        float* xSlice = tile->X + channel;
        float* dySlice = tile->Dy;
        for (int slice = tile->Slices; slice > 0; slice--, xSlice += tile->XSlice, dySlice += tile->DySlice)
        {
            float* xRow = xSlice;
            float* dyRow = dySlice;
            for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
            {
                float* middle = xRow;
                float* outer = xRow + tile->XOuter;
                float* dy = dyRow;
                for (int column = tile->Columns; column > 0; column--, middle += xColumn, outer += xColumn, dy += dyColumn)
                {
                    V a0 = TIsa.Load(dy + dyColumn);
                    V a1 = TIsa.Load(dy + dyColumn + Lanes);
                    V b0 = TIsa.Load(dy);
                    V b1 = TIsa.Load(dy + Lanes);
                    V c0 = TIsa.Load(dy + last);
                    V c1 = TIsa.Load(dy + last + Lanes);
                    V value = TIsa.Broadcast(middle[0]);
                    s0b0 = TIsa.MultiplyAdd(value, b0, s0b0);
                    s0b1 = TIsa.MultiplyAdd(value, b1, s0b1);
                    value = TIsa.Broadcast(outer[0]);
                    s0a0 = TIsa.MultiplyAdd(value, a0, s0a0);
                    s0a1 = TIsa.MultiplyAdd(value, a1, s0a1);
                    s0c0 = TIsa.MultiplyAdd(value, c0, s0c0);
                    s0c1 = TIsa.MultiplyAdd(value, c1, s0c1);
                    value = TIsa.Broadcast(middle[1]);
                    s1b0 = TIsa.MultiplyAdd(value, b0, s1b0);
                    s1b1 = TIsa.MultiplyAdd(value, b1, s1b1);
                    value = TIsa.Broadcast(outer[1]);
                    s1a0 = TIsa.MultiplyAdd(value, a0, s1a0);
                    s1a1 = TIsa.MultiplyAdd(value, a1, s1a1);
                    s1c0 = TIsa.MultiplyAdd(value, c0, s1c0);
                    s1c1 = TIsa.MultiplyAdd(value, c1, s1c1);
                    value = TIsa.Broadcast(middle[2]);
                    s2b0 = TIsa.MultiplyAdd(value, b0, s2b0);
                    s2b1 = TIsa.MultiplyAdd(value, b1, s2b1);
                    value = TIsa.Broadcast(outer[2]);
                    s2a0 = TIsa.MultiplyAdd(value, a0, s2a0);
                    s2a1 = TIsa.MultiplyAdd(value, a1, s2a1);
                    s2c0 = TIsa.MultiplyAdd(value, c0, s2c0);
                    s2c1 = TIsa.MultiplyAdd(value, c1, s2c1);
                    value = TIsa.Broadcast(middle[3]);
                    s3b0 = TIsa.MultiplyAdd(value, b0, s3b0);
                    s3b1 = TIsa.MultiplyAdd(value, b1, s3b1);
                    value = TIsa.Broadcast(outer[3]);
                    s3a0 = TIsa.MultiplyAdd(value, a0, s3a0);
                    s3a1 = TIsa.MultiplyAdd(value, a1, s3a1);
                    s3c0 = TIsa.MultiplyAdd(value, c0, s3c0);
                    s3c1 = TIsa.MultiplyAdd(value, c1, s3c1);
                }
            }
        }

        float* sums = tile->Sums + (channel * 2 * Lanes);
        nint tap = tile->SumsTap;
        Add(sums, tap, s0a0, s0b0, s0c0);
        Add(sums + Lanes, tap, s0a1, s0b1, s0c1);
        Add(sums + (2 * Lanes), tap, s1a0, s1b0, s1c0);
        Add(sums + (3 * Lanes), tap, s1a1, s1b1, s1c1);
        Add(sums + (4 * Lanes), tap, s2a0, s2b0, s2c0);
        Add(sums + (5 * Lanes), tap, s2a1, s2b1, s2c1);
        Add(sums + (6 * Lanes), tap, s3a0, s3b0, s3c0);
        Add(sums + (7 * Lanes), tap, s3a1, s3b1, s3c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* sums, nint tap, V first, V middle, V last)
    {
        TIsa.Store(sums, TIsa.Add(TIsa.Load(sums), first));
        TIsa.Store(sums + tap, TIsa.Add(TIsa.Load(sums + tap), middle));
        TIsa.Store(sums + (2 * tap), TIsa.Add(TIsa.Load(sums + (2 * tap)), last));
    }
}
