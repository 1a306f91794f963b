using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// Three taps along x at once, for instruction sets of 32 registers: eight channels x one vector of output channels x three taps, or twice four channels x two vectors x
/// three taps. A value of the source is read once for all three, and so are the gradients around it: 11 or 10 loads for 24 multiply-adds, where one tap alone takes 9 or 6 for 8.
/// </summary>
internal static unsafe class WeightGradientRow<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int ChannelsAtOnce = 4;

    private static int Lanes => TIsa.Lanes;

    /// <summary>Adds a tile of three taps.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="offsets">Where the eight values of a voxel lie.</param>
    public static void Run(WeightGradientTile* tile, nint* offsets)
    {
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
        V s0a = default, s1a = default, s2a = default, s3a = default, s4a = default, s5a = default, s6a = default, s7a = default;
        V s0b = default, s1b = default, s2b = default, s3b = default, s4b = default, s5b = default, s6b = default, s7b = default;
        V s0c = default, s1c = default, s2c = default, s3c = default, s4c = default, s5c = default, s6c = default, s7c = default;
        (nint o0, nint o1, nint o2, nint o3) = (offsets[0], offsets[1], offsets[2], offsets[3]);
        (nint o4, nint o5, nint o6, nint o7) = (offsets[4], offsets[5], offsets[6], offsets[7]);
        float* xRow = tile->X;
        float* dyRow = tile->Dy;
        nint xColumn = tile->XColumn;
        nint dyColumn = tile->DyColumn;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                V a = TIsa.Load(dy + dyColumn);
                V b = TIsa.Load(dy);
                V c = TIsa.Load(dy - dyColumn);
                V value = TIsa.Broadcast(x[o0]);
                s0a = TIsa.MultiplyAdd(value, a, s0a);
                s0b = TIsa.MultiplyAdd(value, b, s0b);
                s0c = TIsa.MultiplyAdd(value, c, s0c);
                value = TIsa.Broadcast(x[o1]);
                s1a = TIsa.MultiplyAdd(value, a, s1a);
                s1b = TIsa.MultiplyAdd(value, b, s1b);
                s1c = TIsa.MultiplyAdd(value, c, s1c);
                value = TIsa.Broadcast(x[o2]);
                s2a = TIsa.MultiplyAdd(value, a, s2a);
                s2b = TIsa.MultiplyAdd(value, b, s2b);
                s2c = TIsa.MultiplyAdd(value, c, s2c);
                value = TIsa.Broadcast(x[o3]);
                s3a = TIsa.MultiplyAdd(value, a, s3a);
                s3b = TIsa.MultiplyAdd(value, b, s3b);
                s3c = TIsa.MultiplyAdd(value, c, s3c);
                value = TIsa.Broadcast(x[o4]);
                s4a = TIsa.MultiplyAdd(value, a, s4a);
                s4b = TIsa.MultiplyAdd(value, b, s4b);
                s4c = TIsa.MultiplyAdd(value, c, s4c);
                value = TIsa.Broadcast(x[o5]);
                s5a = TIsa.MultiplyAdd(value, a, s5a);
                s5b = TIsa.MultiplyAdd(value, b, s5b);
                s5c = TIsa.MultiplyAdd(value, c, s5c);
                value = TIsa.Broadcast(x[o6]);
                s6a = TIsa.MultiplyAdd(value, a, s6a);
                s6b = TIsa.MultiplyAdd(value, b, s6b);
                s6c = TIsa.MultiplyAdd(value, c, s6c);
                value = TIsa.Broadcast(x[o7]);
                s7a = TIsa.MultiplyAdd(value, a, s7a);
                s7b = TIsa.MultiplyAdd(value, b, s7b);
                s7c = TIsa.MultiplyAdd(value, c, s7c);
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

    private static void RunWide(WeightGradientTile* tile, nint* offsets, int channel)
    {
        V s0a0 = default, s0a1 = default, s1a0 = default, s1a1 = default, s2a0 = default, s2a1 = default, s3a0 = default, s3a1 = default;
        V s0b0 = default, s0b1 = default, s1b0 = default, s1b1 = default, s2b0 = default, s2b1 = default, s3b0 = default, s3b1 = default;
        V s0c0 = default, s0c1 = default, s1c0 = default, s1c1 = default, s2c0 = default, s2c1 = default, s3c0 = default, s3c1 = default;
        (nint o0, nint o1, nint o2, nint o3) = (offsets[0], offsets[1], offsets[2], offsets[3]);
        float* xRow = tile->X;
        float* dyRow = tile->Dy;
        nint xColumn = tile->XColumn;
        nint dyColumn = tile->DyColumn;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                V a0 = TIsa.Load(dy + dyColumn);
                V a1 = TIsa.Load(dy + dyColumn + Lanes);
                V b0 = TIsa.Load(dy);
                V b1 = TIsa.Load(dy + Lanes);
                V c0 = TIsa.Load(dy - dyColumn);
                V c1 = TIsa.Load(dy - dyColumn + Lanes);
                V value = TIsa.Broadcast(x[o0]);
                s0a0 = TIsa.MultiplyAdd(value, a0, s0a0);
                s0a1 = TIsa.MultiplyAdd(value, a1, s0a1);
                s0b0 = TIsa.MultiplyAdd(value, b0, s0b0);
                s0b1 = TIsa.MultiplyAdd(value, b1, s0b1);
                s0c0 = TIsa.MultiplyAdd(value, c0, s0c0);
                s0c1 = TIsa.MultiplyAdd(value, c1, s0c1);
                value = TIsa.Broadcast(x[o1]);
                s1a0 = TIsa.MultiplyAdd(value, a0, s1a0);
                s1a1 = TIsa.MultiplyAdd(value, a1, s1a1);
                s1b0 = TIsa.MultiplyAdd(value, b0, s1b0);
                s1b1 = TIsa.MultiplyAdd(value, b1, s1b1);
                s1c0 = TIsa.MultiplyAdd(value, c0, s1c0);
                s1c1 = TIsa.MultiplyAdd(value, c1, s1c1);
                value = TIsa.Broadcast(x[o2]);
                s2a0 = TIsa.MultiplyAdd(value, a0, s2a0);
                s2a1 = TIsa.MultiplyAdd(value, a1, s2a1);
                s2b0 = TIsa.MultiplyAdd(value, b0, s2b0);
                s2b1 = TIsa.MultiplyAdd(value, b1, s2b1);
                s2c0 = TIsa.MultiplyAdd(value, c0, s2c0);
                s2c1 = TIsa.MultiplyAdd(value, c1, s2c1);
                value = TIsa.Broadcast(x[o3]);
                s3a0 = TIsa.MultiplyAdd(value, a0, s3a0);
                s3a1 = TIsa.MultiplyAdd(value, a1, s3a1);
                s3b0 = TIsa.MultiplyAdd(value, b0, s3b0);
                s3b1 = TIsa.MultiplyAdd(value, b1, s3b1);
                s3c0 = TIsa.MultiplyAdd(value, c0, s3c0);
                s3c1 = TIsa.MultiplyAdd(value, c1, s3c1);
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

    /// <summary>Adds a channel's sums of the three taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* sums, nint tap, V first, V middle, V last)
    {
        TIsa.Store(sums, TIsa.Add(TIsa.Load(sums), first));
        TIsa.Store(sums + tap, TIsa.Add(TIsa.Load(sums + tap), middle));
        TIsa.Store(sums + (2 * tap), TIsa.Add(TIsa.Load(sums + (2 * tap)), last));
    }
}
