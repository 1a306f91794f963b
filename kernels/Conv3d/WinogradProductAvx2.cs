using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX2: twice 4 tiles x 24 channels in 12 of 16 registers; 4 x 16 or 8 x 8 for a narrow last block.</summary>
internal readonly unsafe struct WinogradProductAvx2 : IWinogradProduct
{
    private const int Lanes = 8;
    private const int Rows = 4;

    public static SimdLevel Level => SimdLevel.Avx2;

    public static int BlockLanes => 24;

    public static void Run(WinogradRows* rows)
    {
        if (rows->OutputGroups == 1)
        {
            Run8(rows);
            return;
        }

        for (int first = 0; first < Conv3dWinogradTiling.RowsPerProduct; first += Rows)
        {
            float* inputs = rows->Inputs + (first * Lanes);
            float* products = rows->Products + (first * Lanes);
            if (rows->OutputGroups == 3)
                Run24(rows, inputs, products);
            else
                Run16(rows, inputs, products);
        }
    }

    private static void Run24(WinogradRows* rows, float* group, float* a)
    {
        Vector256<float> y0a = default, y1a = default, y2a = default, y3a = default;
        Vector256<float> y0b = default, y1b = default, y2b = default, y3b = default;
        Vector256<float> y0c = default, y1c = default, y2c = default, y3c = default;
        float* b = a + rows->ProductGroup;
        float* c = b + rows->ProductGroup;
        if (rows->Accumulate)
        {
            (y0a, y1a, y2a, y3a) = Load(a);
            (y0b, y1b, y2b, y3b) = Load(b);
            (y0c, y1c, y2c, y3c) = Load(c);
        }

        float* weights = rows->Weights;
        for (int left = rows->Channels; left > 0; left -= Lanes, group += rows->InputGroup)
        {
            float* x = group;
            for (int channel = Math.Min(left, Lanes); channel > 0; channel--)
            {
                Vector256<float> w0 = Vector256.Load(weights);
                Vector256<float> w1 = Vector256.Load(weights + Lanes);
                Vector256<float> w2 = Vector256.Load(weights + (2 * Lanes));
                Vector256<float> value = Vector256.Create(x[0]);
                y0a = Fma.MultiplyAdd(value, w0, y0a);
                y0b = Fma.MultiplyAdd(value, w1, y0b);
                y0c = Fma.MultiplyAdd(value, w2, y0c);
                value = Vector256.Create(x[Lanes]);
                y1a = Fma.MultiplyAdd(value, w0, y1a);
                y1b = Fma.MultiplyAdd(value, w1, y1b);
                y1c = Fma.MultiplyAdd(value, w2, y1c);
                value = Vector256.Create(x[2 * Lanes]);
                y2a = Fma.MultiplyAdd(value, w0, y2a);
                y2b = Fma.MultiplyAdd(value, w1, y2b);
                y2c = Fma.MultiplyAdd(value, w2, y2c);
                value = Vector256.Create(x[3 * Lanes]);
                y3a = Fma.MultiplyAdd(value, w0, y3a);
                y3b = Fma.MultiplyAdd(value, w1, y3b);
                y3c = Fma.MultiplyAdd(value, w2, y3c);
                x++;
                weights += 3 * Lanes;
            }
        }

        Store(a, y0a, y1a, y2a, y3a);
        Store(b, y0b, y1b, y2b, y3b);
        Store(c, y0c, y1c, y2c, y3c);
    }

    private static void Run16(WinogradRows* rows, float* group, float* a)
    {
        Vector256<float> y0a = default, y1a = default, y2a = default, y3a = default;
        Vector256<float> y0b = default, y1b = default, y2b = default, y3b = default;
        float* b = a + rows->ProductGroup;
        if (rows->Accumulate)
        {
            (y0a, y1a, y2a, y3a) = Load(a);
            (y0b, y1b, y2b, y3b) = Load(b);
        }

        float* weights = rows->Weights;
        for (int left = rows->Channels; left > 0; left -= Lanes, group += rows->InputGroup)
        {
            float* x = group;
            for (int channel = Math.Min(left, Lanes); channel > 0; channel--)
            {
                Vector256<float> w0 = Vector256.Load(weights);
                Vector256<float> w1 = Vector256.Load(weights + Lanes);
                Vector256<float> value = Vector256.Create(x[0]);
                y0a = Fma.MultiplyAdd(value, w0, y0a);
                y0b = Fma.MultiplyAdd(value, w1, y0b);
                value = Vector256.Create(x[Lanes]);
                y1a = Fma.MultiplyAdd(value, w0, y1a);
                y1b = Fma.MultiplyAdd(value, w1, y1b);
                value = Vector256.Create(x[2 * Lanes]);
                y2a = Fma.MultiplyAdd(value, w0, y2a);
                y2b = Fma.MultiplyAdd(value, w1, y2b);
                value = Vector256.Create(x[3 * Lanes]);
                y3a = Fma.MultiplyAdd(value, w0, y3a);
                y3b = Fma.MultiplyAdd(value, w1, y3b);
                x++;
                weights += 2 * Lanes;
            }
        }

        Store(a, y0a, y1a, y2a, y3a);
        Store(b, y0b, y1b, y2b, y3b);
    }

    // Eight rows at once: four would wait for the multiply-adds of the channel before.
    private static void Run8(WinogradRows* rows)
    {
        Vector256<float> y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default, y6 = default, y7 = default;
        float* y = rows->Products;
        if (rows->Accumulate)
        {
            (y0, y1, y2, y3) = Load(y);
            (y4, y5, y6, y7) = Load(y + (4 * Lanes));
        }

        float* weights = rows->Weights;
        float* group = rows->Inputs;
        for (int left = rows->Channels; left > 0; left -= Lanes, group += rows->InputGroup)
        {
            float* x = group;
            for (int channel = Math.Min(left, Lanes); channel > 0; channel--)
            {
                Vector256<float> w = Vector256.Load(weights);
                y0 = Fma.MultiplyAdd(Vector256.Create(x[0]), w, y0);
                y1 = Fma.MultiplyAdd(Vector256.Create(x[Lanes]), w, y1);
                y2 = Fma.MultiplyAdd(Vector256.Create(x[2 * Lanes]), w, y2);
                y3 = Fma.MultiplyAdd(Vector256.Create(x[3 * Lanes]), w, y3);
                y4 = Fma.MultiplyAdd(Vector256.Create(x[4 * Lanes]), w, y4);
                y5 = Fma.MultiplyAdd(Vector256.Create(x[5 * Lanes]), w, y5);
                y6 = Fma.MultiplyAdd(Vector256.Create(x[6 * Lanes]), w, y6);
                y7 = Fma.MultiplyAdd(Vector256.Create(x[7 * Lanes]), w, y7);
                x++;
                weights += Lanes;
            }
        }

        Store(y, y0, y1, y2, y3);
        Store(y + (4 * Lanes), y4, y5, y6, y7);
    }

    private static (Vector256<float> Y0, Vector256<float> Y1, Vector256<float> Y2, Vector256<float> Y3) Load(float* source) =>
        (Vector256.Load(source), Vector256.Load(source + Lanes), Vector256.Load(source + (2 * Lanes)), Vector256.Load(source + (3 * Lanes)));

    private static void Store(float* target, Vector256<float> y0, Vector256<float> y1, Vector256<float> y2, Vector256<float> y3)
    {
        y0.Store(target);
        y1.Store(target + Lanes);
        y2.Store(target + (2 * Lanes));
        y3.Store(target + (3 * Lanes));
    }
}
