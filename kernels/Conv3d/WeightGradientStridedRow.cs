namespace STUNet.Kernels;

/// <summary>
/// Three taps along x of a convolution of stride 2 at once, like <see cref="WeightGradientRow{TIsa, V}"/>: column v of the output reads the source at 2v - 1, 2v and 2v + 1, so the
/// value at 2v belongs to the middle tap and column v, that at 2v + 1 to the last tap and column v and to the first tap and column v + 1.
/// </summary>
internal static unsafe class WeightGradientStridedRow<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int ChannelsAtOnce = 4;

    private static int Lanes => TIsa.Lanes;

    /// <summary>Adds a tile of three taps; <see cref="WeightGradientTile.X"/> is at the middle tap's first value.</summary>
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
            float* even = xRow;
            float* odd = xRow + (xColumn / 2);
            float* dy = dyRow;
            for (int column = tile->Columns; column > 0; column--, even += xColumn, odd += xColumn, dy += dyColumn)
            {
                V here = TIsa.Load(dy);
                V next = TIsa.Load(dy + dyColumn);
                s0b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o0]), here, s0b);
                V value = TIsa.Broadcast(odd[o0]);
                s0a = TIsa.MultiplyAdd(value, next, s0a);
                s0c = TIsa.MultiplyAdd(value, here, s0c);
                s1b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o1]), here, s1b);
                value = TIsa.Broadcast(odd[o1]);
                s1a = TIsa.MultiplyAdd(value, next, s1a);
                s1c = TIsa.MultiplyAdd(value, here, s1c);
                s2b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o2]), here, s2b);
                value = TIsa.Broadcast(odd[o2]);
                s2a = TIsa.MultiplyAdd(value, next, s2a);
                s2c = TIsa.MultiplyAdd(value, here, s2c);
                s3b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o3]), here, s3b);
                value = TIsa.Broadcast(odd[o3]);
                s3a = TIsa.MultiplyAdd(value, next, s3a);
                s3c = TIsa.MultiplyAdd(value, here, s3c);
                s4b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o4]), here, s4b);
                value = TIsa.Broadcast(odd[o4]);
                s4a = TIsa.MultiplyAdd(value, next, s4a);
                s4c = TIsa.MultiplyAdd(value, here, s4c);
                s5b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o5]), here, s5b);
                value = TIsa.Broadcast(odd[o5]);
                s5a = TIsa.MultiplyAdd(value, next, s5a);
                s5c = TIsa.MultiplyAdd(value, here, s5c);
                s6b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o6]), here, s6b);
                value = TIsa.Broadcast(odd[o6]);
                s6a = TIsa.MultiplyAdd(value, next, s6a);
                s6c = TIsa.MultiplyAdd(value, here, s6c);
                s7b = TIsa.MultiplyAdd(TIsa.Broadcast(even[o7]), here, s7b);
                value = TIsa.Broadcast(odd[o7]);
                s7a = TIsa.MultiplyAdd(value, next, s7a);
                s7c = TIsa.MultiplyAdd(value, here, s7c);
            }
        }

        float* sums = tile->Sums;
        nint tap = tile->SumsTap;
        WeightGradientRow<TIsa, V>.Add(sums, tap, s0a, s0b, s0c);
        WeightGradientRow<TIsa, V>.Add(sums + Lanes, tap, s1a, s1b, s1c);
        WeightGradientRow<TIsa, V>.Add(sums + (2 * Lanes), tap, s2a, s2b, s2c);
        WeightGradientRow<TIsa, V>.Add(sums + (3 * Lanes), tap, s3a, s3b, s3c);
        WeightGradientRow<TIsa, V>.Add(sums + (4 * Lanes), tap, s4a, s4b, s4c);
        WeightGradientRow<TIsa, V>.Add(sums + (5 * Lanes), tap, s5a, s5b, s5c);
        WeightGradientRow<TIsa, V>.Add(sums + (6 * Lanes), tap, s6a, s6b, s6c);
        WeightGradientRow<TIsa, V>.Add(sums + (7 * Lanes), tap, s7a, s7b, s7c);
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
            float* even = xRow;
            float* odd = xRow + (xColumn / 2);
            float* dy = dyRow;
            for (int column = tile->Columns; column > 0; column--, even += xColumn, odd += xColumn, dy += dyColumn)
            {
                V here0 = TIsa.Load(dy);
                V here1 = TIsa.Load(dy + Lanes);
                V next0 = TIsa.Load(dy + dyColumn);
                V next1 = TIsa.Load(dy + dyColumn + Lanes);
                V value = TIsa.Broadcast(even[o0]);
                s0b0 = TIsa.MultiplyAdd(value, here0, s0b0);
                s0b1 = TIsa.MultiplyAdd(value, here1, s0b1);
                value = TIsa.Broadcast(odd[o0]);
                s0a0 = TIsa.MultiplyAdd(value, next0, s0a0);
                s0a1 = TIsa.MultiplyAdd(value, next1, s0a1);
                s0c0 = TIsa.MultiplyAdd(value, here0, s0c0);
                s0c1 = TIsa.MultiplyAdd(value, here1, s0c1);
                value = TIsa.Broadcast(even[o1]);
                s1b0 = TIsa.MultiplyAdd(value, here0, s1b0);
                s1b1 = TIsa.MultiplyAdd(value, here1, s1b1);
                value = TIsa.Broadcast(odd[o1]);
                s1a0 = TIsa.MultiplyAdd(value, next0, s1a0);
                s1a1 = TIsa.MultiplyAdd(value, next1, s1a1);
                s1c0 = TIsa.MultiplyAdd(value, here0, s1c0);
                s1c1 = TIsa.MultiplyAdd(value, here1, s1c1);
                value = TIsa.Broadcast(even[o2]);
                s2b0 = TIsa.MultiplyAdd(value, here0, s2b0);
                s2b1 = TIsa.MultiplyAdd(value, here1, s2b1);
                value = TIsa.Broadcast(odd[o2]);
                s2a0 = TIsa.MultiplyAdd(value, next0, s2a0);
                s2a1 = TIsa.MultiplyAdd(value, next1, s2a1);
                s2c0 = TIsa.MultiplyAdd(value, here0, s2c0);
                s2c1 = TIsa.MultiplyAdd(value, here1, s2c1);
                value = TIsa.Broadcast(even[o3]);
                s3b0 = TIsa.MultiplyAdd(value, here0, s3b0);
                s3b1 = TIsa.MultiplyAdd(value, here1, s3b1);
                value = TIsa.Broadcast(odd[o3]);
                s3a0 = TIsa.MultiplyAdd(value, next0, s3a0);
                s3a1 = TIsa.MultiplyAdd(value, next1, s3a1);
                s3c0 = TIsa.MultiplyAdd(value, here0, s3c0);
                s3c1 = TIsa.MultiplyAdd(value, here1, s3c1);
            }
        }

        float* sums = tile->Sums + (channel * 2 * Lanes);
        nint tap = tile->SumsTap;
        WeightGradientRow<TIsa, V>.Add(sums, tap, s0a0, s0b0, s0c0);
        WeightGradientRow<TIsa, V>.Add(sums + Lanes, tap, s0a1, s0b1, s0c1);
        WeightGradientRow<TIsa, V>.Add(sums + (2 * Lanes), tap, s1a0, s1b0, s1c0);
        WeightGradientRow<TIsa, V>.Add(sums + (3 * Lanes), tap, s1a1, s1b1, s1c1);
        WeightGradientRow<TIsa, V>.Add(sums + (4 * Lanes), tap, s2a0, s2b0, s2c0);
        WeightGradientRow<TIsa, V>.Add(sums + (5 * Lanes), tap, s2a1, s2b1, s2c1);
        WeightGradientRow<TIsa, V>.Add(sums + (6 * Lanes), tap, s3a0, s3b0, s3c0);
        WeightGradientRow<TIsa, V>.Add(sums + (7 * Lanes), tap, s3a1, s3b1, s3c1);
    }
}
