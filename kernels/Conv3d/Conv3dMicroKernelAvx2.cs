using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX2 and FMA: 6 columns x 16 channels in 12 of 16 registers; 8 channels for a narrow last block.</summary>
internal readonly unsafe struct Conv3dMicroKernelAvx2 : IConv3dMicroKernel
{
    public static SimdLevel Level => SimdLevel.Avx2;

    public static int SegmentLength => 2;

    public static int BlockLanes => 16;

    public static int LastBlockLanes(int channels) => channels <= 8 ? 8 : 16;

    public static void Run(int lanes, Conv3dTile* tile)
    {
        if (lanes == 16)
            Run16(tile);
        else
            Run8(tile);
    }

    private static void Run16(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector256<float> y0a = Vector256.Load(tile->Start0);
        Vector256<float> y0b = Vector256.Load(tile->Start0 + 8);
        Vector256<float> y1a = Vector256.Load(tile->Start0 + pitch);
        Vector256<float> y1b = Vector256.Load(tile->Start0 + pitch + 8);
        Vector256<float> y2a = Vector256.Load(tile->Start1);
        Vector256<float> y2b = Vector256.Load(tile->Start1 + 8);
        Vector256<float> y3a = Vector256.Load(tile->Start1 + pitch);
        Vector256<float> y3b = Vector256.Load(tile->Start1 + pitch + 8);
        Vector256<float> y4a = Vector256.Load(tile->Start2);
        Vector256<float> y4b = Vector256.Load(tile->Start2 + 8);
        Vector256<float> y5a = Vector256.Load(tile->Start2 + pitch);
        Vector256<float> y5b = Vector256.Load(tile->Start2 + pitch + 8);
        float* weights = tile->Weights;
        nint stride = tile->ChannelStride;
        for (int tap = 0; tap < tile->Taps; tap++)
        {
            nint offset = tile->TapOffsets[tap];
            float* x0 = tile->Panel0 + offset;
            float* x1 = tile->Panel1 + offset;
            float* x2 = tile->Panel2 + offset;
            for (int ic = tile->Channels; ic > 0; ic--)
            {
                Vector256<float> w0 = Vector256.Load(weights);
                Vector256<float> w1 = Vector256.Load(weights + 8);
                Vector256<float> x = Vector256.Create(x0[0]);
                y0a = Fma.MultiplyAdd(x, w0, y0a);
                y0b = Fma.MultiplyAdd(x, w1, y0b);
                x = Vector256.Create(x0[1]);
                y1a = Fma.MultiplyAdd(x, w0, y1a);
                y1b = Fma.MultiplyAdd(x, w1, y1b);
                x = Vector256.Create(x1[0]);
                y2a = Fma.MultiplyAdd(x, w0, y2a);
                y2b = Fma.MultiplyAdd(x, w1, y2b);
                x = Vector256.Create(x1[1]);
                y3a = Fma.MultiplyAdd(x, w0, y3a);
                y3b = Fma.MultiplyAdd(x, w1, y3b);
                x = Vector256.Create(x2[0]);
                y4a = Fma.MultiplyAdd(x, w0, y4a);
                y4b = Fma.MultiplyAdd(x, w1, y4b);
                x = Vector256.Create(x2[1]);
                y5a = Fma.MultiplyAdd(x, w0, y5a);
                y5b = Fma.MultiplyAdd(x, w1, y5b);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 16;
            }
        }

        pitch = tile->TargetPitch;
        y0a.Store(tile->Target0);
        y0b.Store(tile->Target0 + 8);
        y1a.Store(tile->Target0 + pitch);
        y1b.Store(tile->Target0 + pitch + 8);
        y2a.Store(tile->Target1);
        y2b.Store(tile->Target1 + 8);
        y3a.Store(tile->Target1 + pitch);
        y3b.Store(tile->Target1 + pitch + 8);
        y4a.Store(tile->Target2);
        y4b.Store(tile->Target2 + 8);
        y5a.Store(tile->Target2 + pitch);
        y5b.Store(tile->Target2 + pitch + 8);
    }

    private static void Run8(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector256<float> y0 = Vector256.Load(tile->Start0);
        Vector256<float> y1 = Vector256.Load(tile->Start0 + pitch);
        Vector256<float> y2 = Vector256.Load(tile->Start1);
        Vector256<float> y3 = Vector256.Load(tile->Start1 + pitch);
        Vector256<float> y4 = Vector256.Load(tile->Start2);
        Vector256<float> y5 = Vector256.Load(tile->Start2 + pitch);
        float* weights = tile->Weights;
        nint stride = tile->ChannelStride;
        for (int tap = 0; tap < tile->Taps; tap++)
        {
            nint offset = tile->TapOffsets[tap];
            float* x0 = tile->Panel0 + offset;
            float* x1 = tile->Panel1 + offset;
            float* x2 = tile->Panel2 + offset;
            for (int ic = tile->Channels; ic > 0; ic--)
            {
                Vector256<float> w0 = Vector256.Load(weights);
                y0 = Fma.MultiplyAdd(Vector256.Create(x0[0]), w0, y0);
                y1 = Fma.MultiplyAdd(Vector256.Create(x0[1]), w0, y1);
                y2 = Fma.MultiplyAdd(Vector256.Create(x1[0]), w0, y2);
                y3 = Fma.MultiplyAdd(Vector256.Create(x1[1]), w0, y3);
                y4 = Fma.MultiplyAdd(Vector256.Create(x2[0]), w0, y4);
                y5 = Fma.MultiplyAdd(Vector256.Create(x2[1]), w0, y5);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 8;
            }
        }

        pitch = tile->TargetPitch;
        y0.Store(tile->Target0);
        y1.Store(tile->Target0 + pitch);
        y2.Store(tile->Target1);
        y3.Store(tile->Target1 + pitch);
        y4.Store(tile->Target2);
        y5.Store(tile->Target2 + pitch);
    }
}
