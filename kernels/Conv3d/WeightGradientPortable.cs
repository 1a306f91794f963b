using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Any processor: 4 channels x 8 output channels in 8 registers, twice; or 4 x 4 in 4.</summary>
internal readonly unsafe struct WeightGradientPortable : IWeightGradientMicroKernel
{
    public static SimdLevel Level => SimdLevel.Portable;

    public static int Lanes => 4;

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
        Vector128<float> s0a = default, s1a = default, s2a = default, s3a = default;
        Vector128<float> s0b = default, s1b = default, s2b = default, s3b = default;
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
                Vector128<float> a = Vector128.Load(dy);
                Vector128<float> b = Vector128.Load(dy + Lanes);
                Vector128<float> value = Vector128.Create(x[0]);
                s0a = Vector128.MultiplyAddEstimate(value, a, s0a);
                s0b = Vector128.MultiplyAddEstimate(value, b, s0b);
                value = Vector128.Create(x[1]);
                s1a = Vector128.MultiplyAddEstimate(value, a, s1a);
                s1b = Vector128.MultiplyAddEstimate(value, b, s1b);
                value = Vector128.Create(x[2]);
                s2a = Vector128.MultiplyAddEstimate(value, a, s2a);
                s2b = Vector128.MultiplyAddEstimate(value, b, s2b);
                value = Vector128.Create(x[3]);
                s3a = Vector128.MultiplyAddEstimate(value, a, s3a);
                s3b = Vector128.MultiplyAddEstimate(value, b, s3b);
            }
        }

        float* sums = tile->Sums + (half * 2 * Lanes);
        (Vector128.Load(sums) + s0a).Store(sums);
        (Vector128.Load(sums + Lanes) + s0b).Store(sums + Lanes);
        (Vector128.Load(sums + (2 * Lanes)) + s1a).Store(sums + (2 * Lanes));
        (Vector128.Load(sums + (3 * Lanes)) + s1b).Store(sums + (3 * Lanes));
        (Vector128.Load(sums + (4 * Lanes)) + s2a).Store(sums + (4 * Lanes));
        (Vector128.Load(sums + (5 * Lanes)) + s2b).Store(sums + (5 * Lanes));
        (Vector128.Load(sums + (6 * Lanes)) + s3a).Store(sums + (6 * Lanes));
        (Vector128.Load(sums + (7 * Lanes)) + s3b).Store(sums + (7 * Lanes));
    }

    private static void RunNarrow(WeightGradientTile* tile, int half)
    {
        Vector128<float> s0a = default, s1a = default, s2a = default, s3a = default;
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
                Vector128<float> a = Vector128.Load(dy);
                Vector128<float> value = Vector128.Create(x[0]);
                s0a = Vector128.MultiplyAddEstimate(value, a, s0a);
                value = Vector128.Create(x[1]);
                s1a = Vector128.MultiplyAddEstimate(value, a, s1a);
                value = Vector128.Create(x[2]);
                s2a = Vector128.MultiplyAddEstimate(value, a, s2a);
                value = Vector128.Create(x[3]);
                s3a = Vector128.MultiplyAddEstimate(value, a, s3a);
            }
        }

        float* sums = tile->Sums + (half * Lanes);
        (Vector128.Load(sums) + s0a).Store(sums);
        (Vector128.Load(sums + Lanes) + s1a).Store(sums + Lanes);
        (Vector128.Load(sums + (2 * Lanes)) + s2a).Store(sums + (2 * Lanes));
        (Vector128.Load(sums + (3 * Lanes)) + s3a).Store(sums + (3 * Lanes));
    }
}
