using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX-512: 8 channels x 32 output channels in 16 registers, or 8 x 16 in 8.</summary>
internal readonly unsafe struct WeightGradientAvx512 : IWeightGradientMicroKernel
{
    public static SimdLevel Level => SimdLevel.Avx512;

    public static int Lanes => 16;

    public static void Run(WeightGradientTile* tile)
    {
        if (tile->Vectors == 2)
            RunWide(tile);
        else
            RunNarrow(tile);
    }

    private static void RunWide(WeightGradientTile* tile)
    {
        Vector512<float> s0a = default, s1a = default, s2a = default, s3a = default, s4a = default, s5a = default, s6a = default, s7a = default;
        Vector512<float> s0b = default, s1b = default, s2b = default, s3b = default, s4b = default, s5b = default, s6b = default, s7b = default;
        float* xRow = tile->X;
        float* dyRow = tile->Dy;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            nint xColumn = tile->XColumn;
            nint dyColumn = tile->DyColumn;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                Vector512<float> a = Vector512.Load(dy);
                Vector512<float> b = Vector512.Load(dy + Lanes);
                Vector512<float> value = Vector512.Create(x[0]);
                s0a = Avx512F.FusedMultiplyAdd(value, a, s0a);
                s0b = Avx512F.FusedMultiplyAdd(value, b, s0b);
                value = Vector512.Create(x[1]);
                s1a = Avx512F.FusedMultiplyAdd(value, a, s1a);
                s1b = Avx512F.FusedMultiplyAdd(value, b, s1b);
                value = Vector512.Create(x[2]);
                s2a = Avx512F.FusedMultiplyAdd(value, a, s2a);
                s2b = Avx512F.FusedMultiplyAdd(value, b, s2b);
                value = Vector512.Create(x[3]);
                s3a = Avx512F.FusedMultiplyAdd(value, a, s3a);
                s3b = Avx512F.FusedMultiplyAdd(value, b, s3b);
                value = Vector512.Create(x[4]);
                s4a = Avx512F.FusedMultiplyAdd(value, a, s4a);
                s4b = Avx512F.FusedMultiplyAdd(value, b, s4b);
                value = Vector512.Create(x[5]);
                s5a = Avx512F.FusedMultiplyAdd(value, a, s5a);
                s5b = Avx512F.FusedMultiplyAdd(value, b, s5b);
                value = Vector512.Create(x[6]);
                s6a = Avx512F.FusedMultiplyAdd(value, a, s6a);
                s6b = Avx512F.FusedMultiplyAdd(value, b, s6b);
                value = Vector512.Create(x[7]);
                s7a = Avx512F.FusedMultiplyAdd(value, a, s7a);
                s7b = Avx512F.FusedMultiplyAdd(value, b, s7b);
            }
        }

        float* sums = tile->Sums;
        (Vector512.Load(sums) + s0a).Store(sums);
        (Vector512.Load(sums + Lanes) + s0b).Store(sums + Lanes);
        (Vector512.Load(sums + (2 * Lanes)) + s1a).Store(sums + (2 * Lanes));
        (Vector512.Load(sums + (3 * Lanes)) + s1b).Store(sums + (3 * Lanes));
        (Vector512.Load(sums + (4 * Lanes)) + s2a).Store(sums + (4 * Lanes));
        (Vector512.Load(sums + (5 * Lanes)) + s2b).Store(sums + (5 * Lanes));
        (Vector512.Load(sums + (6 * Lanes)) + s3a).Store(sums + (6 * Lanes));
        (Vector512.Load(sums + (7 * Lanes)) + s3b).Store(sums + (7 * Lanes));
        (Vector512.Load(sums + (8 * Lanes)) + s4a).Store(sums + (8 * Lanes));
        (Vector512.Load(sums + (9 * Lanes)) + s4b).Store(sums + (9 * Lanes));
        (Vector512.Load(sums + (10 * Lanes)) + s5a).Store(sums + (10 * Lanes));
        (Vector512.Load(sums + (11 * Lanes)) + s5b).Store(sums + (11 * Lanes));
        (Vector512.Load(sums + (12 * Lanes)) + s6a).Store(sums + (12 * Lanes));
        (Vector512.Load(sums + (13 * Lanes)) + s6b).Store(sums + (13 * Lanes));
        (Vector512.Load(sums + (14 * Lanes)) + s7a).Store(sums + (14 * Lanes));
        (Vector512.Load(sums + (15 * Lanes)) + s7b).Store(sums + (15 * Lanes));
    }

    private static void RunNarrow(WeightGradientTile* tile)
    {
        Vector512<float> s0a = default, s1a = default, s2a = default, s3a = default, s4a = default, s5a = default, s6a = default, s7a = default;
        float* xRow = tile->X;
        float* dyRow = tile->Dy;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            nint xColumn = tile->XColumn;
            nint dyColumn = tile->DyColumn;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                Vector512<float> a = Vector512.Load(dy);
                Vector512<float> value = Vector512.Create(x[0]);
                s0a = Avx512F.FusedMultiplyAdd(value, a, s0a);
                value = Vector512.Create(x[1]);
                s1a = Avx512F.FusedMultiplyAdd(value, a, s1a);
                value = Vector512.Create(x[2]);
                s2a = Avx512F.FusedMultiplyAdd(value, a, s2a);
                value = Vector512.Create(x[3]);
                s3a = Avx512F.FusedMultiplyAdd(value, a, s3a);
                value = Vector512.Create(x[4]);
                s4a = Avx512F.FusedMultiplyAdd(value, a, s4a);
                value = Vector512.Create(x[5]);
                s5a = Avx512F.FusedMultiplyAdd(value, a, s5a);
                value = Vector512.Create(x[6]);
                s6a = Avx512F.FusedMultiplyAdd(value, a, s6a);
                value = Vector512.Create(x[7]);
                s7a = Avx512F.FusedMultiplyAdd(value, a, s7a);
            }
        }

        float* sums = tile->Sums;
        (Vector512.Load(sums) + s0a).Store(sums);
        (Vector512.Load(sums + Lanes) + s1a).Store(sums + Lanes);
        (Vector512.Load(sums + (2 * Lanes)) + s2a).Store(sums + (2 * Lanes));
        (Vector512.Load(sums + (3 * Lanes)) + s3a).Store(sums + (3 * Lanes));
        (Vector512.Load(sums + (4 * Lanes)) + s4a).Store(sums + (4 * Lanes));
        (Vector512.Load(sums + (5 * Lanes)) + s5a).Store(sums + (5 * Lanes));
        (Vector512.Load(sums + (6 * Lanes)) + s6a).Store(sums + (6 * Lanes));
        (Vector512.Load(sums + (7 * Lanes)) + s7a).Store(sums + (7 * Lanes));
    }
}
