using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX-512: 8 tiles x 32 channels in 16 registers, or 8 x 16 for a narrow last block.</summary>
internal readonly unsafe struct WinogradProductAvx512 : IWinogradProduct
{
    private const int Lanes = 16;

    public static SimdLevel Level => SimdLevel.Avx512;

    public static int BlockLanes => 32;

    public static void Run(WinogradRows* rows)
    {
        if (rows->OutputGroups == 2)
            Run32(rows);
        else
            Run16(rows);
    }

    private static void Run32(WinogradRows* rows)
    {
        Vector512<float> y0a = default, y1a = default, y2a = default, y3a = default, y4a = default, y5a = default, y6a = default, y7a = default;
        Vector512<float> y0b = default, y1b = default, y2b = default, y3b = default, y4b = default, y5b = default, y6b = default, y7b = default;
        float* a = rows->Products;
        float* b = a + rows->ProductGroup;
        if (rows->Accumulate)
        {
            y0a = Vector512.Load(a);
            y1a = Vector512.Load(a + Lanes);
            y2a = Vector512.Load(a + (2 * Lanes));
            y3a = Vector512.Load(a + (3 * Lanes));
            y4a = Vector512.Load(a + (4 * Lanes));
            y5a = Vector512.Load(a + (5 * Lanes));
            y6a = Vector512.Load(a + (6 * Lanes));
            y7a = Vector512.Load(a + (7 * Lanes));
            y0b = Vector512.Load(b);
            y1b = Vector512.Load(b + Lanes);
            y2b = Vector512.Load(b + (2 * Lanes));
            y3b = Vector512.Load(b + (3 * Lanes));
            y4b = Vector512.Load(b + (4 * Lanes));
            y5b = Vector512.Load(b + (5 * Lanes));
            y6b = Vector512.Load(b + (6 * Lanes));
            y7b = Vector512.Load(b + (7 * Lanes));
        }

        float* weights = rows->Weights;
        float* group = rows->Inputs;
        for (int left = rows->Channels; left > 0; left -= Lanes, group += rows->InputGroup)
        {
            float* x = group;
            for (int c = Math.Min(left, Lanes); c > 0; c--)
            {
                Vector512<float> w0 = Vector512.Load(weights);
                Vector512<float> w1 = Vector512.Load(weights + Lanes);
                Vector512<float> value = Vector512.Create(x[0]);
                y0a = Avx512F.FusedMultiplyAdd(value, w0, y0a);
                y0b = Avx512F.FusedMultiplyAdd(value, w1, y0b);
                value = Vector512.Create(x[Lanes]);
                y1a = Avx512F.FusedMultiplyAdd(value, w0, y1a);
                y1b = Avx512F.FusedMultiplyAdd(value, w1, y1b);
                value = Vector512.Create(x[2 * Lanes]);
                y2a = Avx512F.FusedMultiplyAdd(value, w0, y2a);
                y2b = Avx512F.FusedMultiplyAdd(value, w1, y2b);
                value = Vector512.Create(x[3 * Lanes]);
                y3a = Avx512F.FusedMultiplyAdd(value, w0, y3a);
                y3b = Avx512F.FusedMultiplyAdd(value, w1, y3b);
                value = Vector512.Create(x[4 * Lanes]);
                y4a = Avx512F.FusedMultiplyAdd(value, w0, y4a);
                y4b = Avx512F.FusedMultiplyAdd(value, w1, y4b);
                value = Vector512.Create(x[5 * Lanes]);
                y5a = Avx512F.FusedMultiplyAdd(value, w0, y5a);
                y5b = Avx512F.FusedMultiplyAdd(value, w1, y5b);
                value = Vector512.Create(x[6 * Lanes]);
                y6a = Avx512F.FusedMultiplyAdd(value, w0, y6a);
                y6b = Avx512F.FusedMultiplyAdd(value, w1, y6b);
                value = Vector512.Create(x[7 * Lanes]);
                y7a = Avx512F.FusedMultiplyAdd(value, w0, y7a);
                y7b = Avx512F.FusedMultiplyAdd(value, w1, y7b);
                x++;
                weights += 2 * Lanes;
            }
        }

        y0a.Store(a);
        y1a.Store(a + Lanes);
        y2a.Store(a + (2 * Lanes));
        y3a.Store(a + (3 * Lanes));
        y4a.Store(a + (4 * Lanes));
        y5a.Store(a + (5 * Lanes));
        y6a.Store(a + (6 * Lanes));
        y7a.Store(a + (7 * Lanes));
        y0b.Store(b);
        y1b.Store(b + Lanes);
        y2b.Store(b + (2 * Lanes));
        y3b.Store(b + (3 * Lanes));
        y4b.Store(b + (4 * Lanes));
        y5b.Store(b + (5 * Lanes));
        y6b.Store(b + (6 * Lanes));
        y7b.Store(b + (7 * Lanes));
    }

    private static void Run16(WinogradRows* rows)
    {
        Vector512<float> y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default, y6 = default, y7 = default;
        float* y = rows->Products;
        if (rows->Accumulate)
        {
            y0 = Vector512.Load(y);
            y1 = Vector512.Load(y + Lanes);
            y2 = Vector512.Load(y + (2 * Lanes));
            y3 = Vector512.Load(y + (3 * Lanes));
            y4 = Vector512.Load(y + (4 * Lanes));
            y5 = Vector512.Load(y + (5 * Lanes));
            y6 = Vector512.Load(y + (6 * Lanes));
            y7 = Vector512.Load(y + (7 * Lanes));
        }

        float* weights = rows->Weights;
        float* group = rows->Inputs;
        for (int left = rows->Channels; left > 0; left -= Lanes, group += rows->InputGroup)
        {
            float* x = group;
            for (int c = Math.Min(left, Lanes); c > 0; c--)
            {
                Vector512<float> w = Vector512.Load(weights);
                y0 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[0]), w, y0);
                y1 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[Lanes]), w, y1);
                y2 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[2 * Lanes]), w, y2);
                y3 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[3 * Lanes]), w, y3);
                y4 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[4 * Lanes]), w, y4);
                y5 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[5 * Lanes]), w, y5);
                y6 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[6 * Lanes]), w, y6);
                y7 = Avx512F.FusedMultiplyAdd(Vector512.Create(x[7 * Lanes]), w, y7);
                x++;
                weights += Lanes;
            }
        }

        y0.Store(y);
        y1.Store(y + Lanes);
        y2.Store(y + (2 * Lanes));
        y3.Store(y + (3 * Lanes));
        y4.Store(y + (4 * Lanes));
        y5.Store(y + (5 * Lanes));
        y6.Store(y + (6 * Lanes));
        y7.Store(y + (7 * Lanes));
    }
}
