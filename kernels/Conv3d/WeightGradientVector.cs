using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Eight channels x one vector of output channels, or twice four channels x two: the sums take eight registers, so that every instruction set has enough, and
/// their chains suffice to hide the latency of the additions.
/// </summary>
internal readonly unsafe struct WeightGradientVector<TIsa, V> : IWeightGradientMicroKernel
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int ChannelsAtOnce = 4;

    public static SimdLevel Level => TIsa.Level;

    public static int Lanes => TIsa.Lanes;

    // AVX-512 has 32 registers, the others 16.
    public static int RowTaps => TIsa.Level == SimdLevel.Avx512 ? 3 : 1;

    public static void Run(WeightGradientTile* tile, nint* offsets)
    {
        if (tile->Taps == 3)
        {
            WeightGradientRow<TIsa, V>.Run(tile);
            return;
        }

        if (tile->Vectors == 1)
        {
            RunNarrow(tile, offsets);
            return;
        }

        for (int channel = 0; channel < IWeightGradientMicroKernel.Channels; channel += ChannelsAtOnce)
            RunWide(tile, offsets + channel, channel);
    }

    private static void RunNarrow(WeightGradientTile* tile, nint* offsets)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        (nint o0, nint o1, nint o2, nint o3) = (offsets[0], offsets[1], offsets[2], offsets[3]);
        (nint o4, nint o5, nint o6, nint o7) = (offsets[4], offsets[5], offsets[6], offsets[7]);
        float* xSlice = tile->X;
        float* dySlice = tile->Dy;
        for (int slice = tile->Slices; slice > 0; slice--, xSlice += tile->XSlice, dySlice += tile->DySlice)
        {
            float* xRow = xSlice;
            float* dyRow = dySlice;
            for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
            {
                float* x = xRow;
                float* dy = dyRow;
                nint xColumn = tile->XColumn;
                nint dyColumn = tile->DyColumn;
                for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
                {
                    V a = TIsa.Load(dy);
                    s0 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o0]), a, s0);
                    s1 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o1]), a, s1);
                    s2 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o2]), a, s2);
                    s3 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o3]), a, s3);
                    s4 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o4]), a, s4);
                    s5 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o5]), a, s5);
                    s6 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o6]), a, s6);
                    s7 = TIsa.MultiplyAdd(TIsa.Broadcast(x[o7]), a, s7);
                }
            }
        }

        float* sums = tile->Sums;
        Add(sums, s0);
        Add(sums + Lanes, s1);
        Add(sums + (2 * Lanes), s2);
        Add(sums + (3 * Lanes), s3);
        Add(sums + (4 * Lanes), s4);
        Add(sums + (5 * Lanes), s5);
        Add(sums + (6 * Lanes), s6);
        Add(sums + (7 * Lanes), s7);
    }

    private static void RunWide(WeightGradientTile* tile, nint* offsets, int channel)
    {
        V s0a = default, s1a = default, s2a = default, s3a = default;
        V s0b = default, s1b = default, s2b = default, s3b = default;
        (nint o0, nint o1, nint o2, nint o3) = (offsets[0], offsets[1], offsets[2], offsets[3]);
        float* xSlice = tile->X;
        float* dySlice = tile->Dy;
        for (int slice = tile->Slices; slice > 0; slice--, xSlice += tile->XSlice, dySlice += tile->DySlice)
        {
            float* xRow = xSlice;
            float* dyRow = dySlice;
            for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
            {
                float* x = xRow;
                float* dy = dyRow;
                nint xColumn = tile->XColumn;
                nint dyColumn = tile->DyColumn;
                for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
                {
                    V a = TIsa.Load(dy);
                    V b = TIsa.Load(dy + Lanes);
                    V value = TIsa.Broadcast(x[o0]);
                    s0a = TIsa.MultiplyAdd(value, a, s0a);
                    s0b = TIsa.MultiplyAdd(value, b, s0b);
                    value = TIsa.Broadcast(x[o1]);
                    s1a = TIsa.MultiplyAdd(value, a, s1a);
                    s1b = TIsa.MultiplyAdd(value, b, s1b);
                    value = TIsa.Broadcast(x[o2]);
                    s2a = TIsa.MultiplyAdd(value, a, s2a);
                    s2b = TIsa.MultiplyAdd(value, b, s2b);
                    value = TIsa.Broadcast(x[o3]);
                    s3a = TIsa.MultiplyAdd(value, a, s3a);
                    s3b = TIsa.MultiplyAdd(value, b, s3b);
                }
            }
        }

        float* sums = tile->Sums + (channel * 2 * Lanes);
        Add(sums, s0a);
        Add(sums + Lanes, s0b);
        Add(sums + (2 * Lanes), s1a);
        Add(sums + (3 * Lanes), s1b);
        Add(sums + (4 * Lanes), s2a);
        Add(sums + (5 * Lanes), s2b);
        Add(sums + (6 * Lanes), s3a);
        Add(sums + (7 * Lanes), s3b);
    }

    private static void Add(float* sums, V more) => TIsa.Store(sums, TIsa.Add(TIsa.Load(sums), more));
}
