using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX2: 4 channels x 16 output channels in 8 registers, twice; or 4 x 8 in 4.</summary>
internal readonly unsafe struct WeightGradientAvx2 : IWeightGradientMicroKernel
{
    public static SimdLevel Level => SimdLevel.Avx2;

    public static int Lanes => 8;

    public static void Run(WeightGradientTile* tile)
    {
        // Four channels at a time: sixteen registers hold the sums of no more.
        for (int half = 0; half < IWeightGradientMicroKernel.Channels; half += 4)
        {
            if (tile->Vectors == 2)
                RunWide(tile, half);
            else
                RunNarrow(tile, half);
        }
    }

    private static void RunWide(WeightGradientTile* tile, int half)
    {
        Vector256<float> s0a = default, s1a = default, s2a = default, s3a = default;
        Vector256<float> s0b = default, s1b = default, s2b = default, s3b = default;
        float* xRow = tile->X + half;
        float* dyRow = tile->Dy;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            nint xColumn = tile->XColumn;
            nint dyColumn = tile->DyColumn;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                Vector256<float> a = Vector256.Load(dy);
                Vector256<float> b = Vector256.Load(dy + Lanes);
                Vector256<float> value = Vector256.Create(x[0]);
                s0a = Fma.MultiplyAdd(value, a, s0a);
                s0b = Fma.MultiplyAdd(value, b, s0b);
                value = Vector256.Create(x[1]);
                s1a = Fma.MultiplyAdd(value, a, s1a);
                s1b = Fma.MultiplyAdd(value, b, s1b);
                value = Vector256.Create(x[2]);
                s2a = Fma.MultiplyAdd(value, a, s2a);
                s2b = Fma.MultiplyAdd(value, b, s2b);
                value = Vector256.Create(x[3]);
                s3a = Fma.MultiplyAdd(value, a, s3a);
                s3b = Fma.MultiplyAdd(value, b, s3b);
            }
        }

        float* sums = tile->Sums + (half * 2 * Lanes);
        (Vector256.Load(sums) + s0a).Store(sums);
        (Vector256.Load(sums + Lanes) + s0b).Store(sums + Lanes);
        (Vector256.Load(sums + (2 * Lanes)) + s1a).Store(sums + (2 * Lanes));
        (Vector256.Load(sums + (3 * Lanes)) + s1b).Store(sums + (3 * Lanes));
        (Vector256.Load(sums + (4 * Lanes)) + s2a).Store(sums + (4 * Lanes));
        (Vector256.Load(sums + (5 * Lanes)) + s2b).Store(sums + (5 * Lanes));
        (Vector256.Load(sums + (6 * Lanes)) + s3a).Store(sums + (6 * Lanes));
        (Vector256.Load(sums + (7 * Lanes)) + s3b).Store(sums + (7 * Lanes));
    }

    private static void RunNarrow(WeightGradientTile* tile, int half)
    {
        Vector256<float> s0a = default, s1a = default, s2a = default, s3a = default;
        float* xRow = tile->X + half;
        float* dyRow = tile->Dy;
        for (int row = tile->Rows; row > 0; row--, xRow += tile->XRow, dyRow += tile->DyRow)
        {
            float* x = xRow;
            float* dy = dyRow;
            nint xColumn = tile->XColumn;
            nint dyColumn = tile->DyColumn;
            for (int column = tile->Columns; column > 0; column--, x += xColumn, dy += dyColumn)
            {
                Vector256<float> a = Vector256.Load(dy);
                Vector256<float> value = Vector256.Create(x[0]);
                s0a = Fma.MultiplyAdd(value, a, s0a);
                value = Vector256.Create(x[1]);
                s1a = Fma.MultiplyAdd(value, a, s1a);
                value = Vector256.Create(x[2]);
                s2a = Fma.MultiplyAdd(value, a, s2a);
                value = Vector256.Create(x[3]);
                s3a = Fma.MultiplyAdd(value, a, s3a);
            }
        }

        float* sums = tile->Sums + (half * Lanes);
        (Vector256.Load(sums) + s0a).Store(sums);
        (Vector256.Load(sums + Lanes) + s1a).Store(sums + Lanes);
        (Vector256.Load(sums + (2 * Lanes)) + s2a).Store(sums + (2 * Lanes));
        (Vector256.Load(sums + (3 * Lanes)) + s3a).Store(sums + (3 * Lanes));
    }
}
