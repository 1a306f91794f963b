using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>AVX-512: 12 columns x 32 channels in 24 of 32 registers; 16 or 8 channels for a narrow last block.</summary>
internal readonly unsafe struct Conv3dMicroKernelAvx512 : IConv3dMicroKernel
{
    public static SimdLevel Level => SimdLevel.Avx512;

    public static int SegmentLength => 4;

    public static int BlockLanes => 32;

    public static int LastBlockLanes(int channels) => channels <= 8 ? 8 : channels <= 16 ? 16 : 32;

    public static void Run(int lanes, Conv3dTile* tile)
    {
        if (lanes == 32)
            Run32(tile);
        else if (lanes == 16)
            Run16(tile);
        else
            Run8(tile);
    }

    private static void Run32(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector512<float> y0a = Vector512.Load(tile->Start0);
        Vector512<float> y0b = Vector512.Load(tile->Start0 + 16);
        Vector512<float> y1a = Vector512.Load(tile->Start0 + pitch);
        Vector512<float> y1b = Vector512.Load(tile->Start0 + pitch + 16);
        Vector512<float> y2a = Vector512.Load(tile->Start0 + (2 * pitch));
        Vector512<float> y2b = Vector512.Load(tile->Start0 + (2 * pitch) + 16);
        Vector512<float> y3a = Vector512.Load(tile->Start0 + (3 * pitch));
        Vector512<float> y3b = Vector512.Load(tile->Start0 + (3 * pitch) + 16);
        Vector512<float> y4a = Vector512.Load(tile->Start1);
        Vector512<float> y4b = Vector512.Load(tile->Start1 + 16);
        Vector512<float> y5a = Vector512.Load(tile->Start1 + pitch);
        Vector512<float> y5b = Vector512.Load(tile->Start1 + pitch + 16);
        Vector512<float> y6a = Vector512.Load(tile->Start1 + (2 * pitch));
        Vector512<float> y6b = Vector512.Load(tile->Start1 + (2 * pitch) + 16);
        Vector512<float> y7a = Vector512.Load(tile->Start1 + (3 * pitch));
        Vector512<float> y7b = Vector512.Load(tile->Start1 + (3 * pitch) + 16);
        Vector512<float> y8a = Vector512.Load(tile->Start2);
        Vector512<float> y8b = Vector512.Load(tile->Start2 + 16);
        Vector512<float> y9a = Vector512.Load(tile->Start2 + pitch);
        Vector512<float> y9b = Vector512.Load(tile->Start2 + pitch + 16);
        Vector512<float> y10a = Vector512.Load(tile->Start2 + (2 * pitch));
        Vector512<float> y10b = Vector512.Load(tile->Start2 + (2 * pitch) + 16);
        Vector512<float> y11a = Vector512.Load(tile->Start2 + (3 * pitch));
        Vector512<float> y11b = Vector512.Load(tile->Start2 + (3 * pitch) + 16);
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
                Vector512<float> w0 = Vector512.Load(weights);
                Vector512<float> w1 = Vector512.Load(weights + 16);
                Vector512<float> x = Vector512.Create(x0[0]);
                y0a = Avx512F.FusedMultiplyAdd(x, w0, y0a);
                y0b = Avx512F.FusedMultiplyAdd(x, w1, y0b);
                x = Vector512.Create(x0[1]);
                y1a = Avx512F.FusedMultiplyAdd(x, w0, y1a);
                y1b = Avx512F.FusedMultiplyAdd(x, w1, y1b);
                x = Vector512.Create(x0[2]);
                y2a = Avx512F.FusedMultiplyAdd(x, w0, y2a);
                y2b = Avx512F.FusedMultiplyAdd(x, w1, y2b);
                x = Vector512.Create(x0[3]);
                y3a = Avx512F.FusedMultiplyAdd(x, w0, y3a);
                y3b = Avx512F.FusedMultiplyAdd(x, w1, y3b);
                x = Vector512.Create(x1[0]);
                y4a = Avx512F.FusedMultiplyAdd(x, w0, y4a);
                y4b = Avx512F.FusedMultiplyAdd(x, w1, y4b);
                x = Vector512.Create(x1[1]);
                y5a = Avx512F.FusedMultiplyAdd(x, w0, y5a);
                y5b = Avx512F.FusedMultiplyAdd(x, w1, y5b);
                x = Vector512.Create(x1[2]);
                y6a = Avx512F.FusedMultiplyAdd(x, w0, y6a);
                y6b = Avx512F.FusedMultiplyAdd(x, w1, y6b);
                x = Vector512.Create(x1[3]);
                y7a = Avx512F.FusedMultiplyAdd(x, w0, y7a);
                y7b = Avx512F.FusedMultiplyAdd(x, w1, y7b);
                x = Vector512.Create(x2[0]);
                y8a = Avx512F.FusedMultiplyAdd(x, w0, y8a);
                y8b = Avx512F.FusedMultiplyAdd(x, w1, y8b);
                x = Vector512.Create(x2[1]);
                y9a = Avx512F.FusedMultiplyAdd(x, w0, y9a);
                y9b = Avx512F.FusedMultiplyAdd(x, w1, y9b);
                x = Vector512.Create(x2[2]);
                y10a = Avx512F.FusedMultiplyAdd(x, w0, y10a);
                y10b = Avx512F.FusedMultiplyAdd(x, w1, y10b);
                x = Vector512.Create(x2[3]);
                y11a = Avx512F.FusedMultiplyAdd(x, w0, y11a);
                y11b = Avx512F.FusedMultiplyAdd(x, w1, y11b);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 32;
            }
        }

        pitch = tile->TargetPitch;
        y0a.Store(tile->Target0);
        y0b.Store(tile->Target0 + 16);
        y1a.Store(tile->Target0 + pitch);
        y1b.Store(tile->Target0 + pitch + 16);
        y2a.Store(tile->Target0 + (2 * pitch));
        y2b.Store(tile->Target0 + (2 * pitch) + 16);
        y3a.Store(tile->Target0 + (3 * pitch));
        y3b.Store(tile->Target0 + (3 * pitch) + 16);
        y4a.Store(tile->Target1);
        y4b.Store(tile->Target1 + 16);
        y5a.Store(tile->Target1 + pitch);
        y5b.Store(tile->Target1 + pitch + 16);
        y6a.Store(tile->Target1 + (2 * pitch));
        y6b.Store(tile->Target1 + (2 * pitch) + 16);
        y7a.Store(tile->Target1 + (3 * pitch));
        y7b.Store(tile->Target1 + (3 * pitch) + 16);
        y8a.Store(tile->Target2);
        y8b.Store(tile->Target2 + 16);
        y9a.Store(tile->Target2 + pitch);
        y9b.Store(tile->Target2 + pitch + 16);
        y10a.Store(tile->Target2 + (2 * pitch));
        y10b.Store(tile->Target2 + (2 * pitch) + 16);
        y11a.Store(tile->Target2 + (3 * pitch));
        y11b.Store(tile->Target2 + (3 * pitch) + 16);
    }

    private static void Run16(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector512<float> y0 = Vector512.Load(tile->Start0);
        Vector512<float> y1 = Vector512.Load(tile->Start0 + pitch);
        Vector512<float> y2 = Vector512.Load(tile->Start0 + (2 * pitch));
        Vector512<float> y3 = Vector512.Load(tile->Start0 + (3 * pitch));
        Vector512<float> y4 = Vector512.Load(tile->Start1);
        Vector512<float> y5 = Vector512.Load(tile->Start1 + pitch);
        Vector512<float> y6 = Vector512.Load(tile->Start1 + (2 * pitch));
        Vector512<float> y7 = Vector512.Load(tile->Start1 + (3 * pitch));
        Vector512<float> y8 = Vector512.Load(tile->Start2);
        Vector512<float> y9 = Vector512.Load(tile->Start2 + pitch);
        Vector512<float> y10 = Vector512.Load(tile->Start2 + (2 * pitch));
        Vector512<float> y11 = Vector512.Load(tile->Start2 + (3 * pitch));
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
                Vector512<float> w0 = Vector512.Load(weights);
                y0 = Avx512F.FusedMultiplyAdd(Vector512.Create(x0[0]), w0, y0);
                y1 = Avx512F.FusedMultiplyAdd(Vector512.Create(x0[1]), w0, y1);
                y2 = Avx512F.FusedMultiplyAdd(Vector512.Create(x0[2]), w0, y2);
                y3 = Avx512F.FusedMultiplyAdd(Vector512.Create(x0[3]), w0, y3);
                y4 = Avx512F.FusedMultiplyAdd(Vector512.Create(x1[0]), w0, y4);
                y5 = Avx512F.FusedMultiplyAdd(Vector512.Create(x1[1]), w0, y5);
                y6 = Avx512F.FusedMultiplyAdd(Vector512.Create(x1[2]), w0, y6);
                y7 = Avx512F.FusedMultiplyAdd(Vector512.Create(x1[3]), w0, y7);
                y8 = Avx512F.FusedMultiplyAdd(Vector512.Create(x2[0]), w0, y8);
                y9 = Avx512F.FusedMultiplyAdd(Vector512.Create(x2[1]), w0, y9);
                y10 = Avx512F.FusedMultiplyAdd(Vector512.Create(x2[2]), w0, y10);
                y11 = Avx512F.FusedMultiplyAdd(Vector512.Create(x2[3]), w0, y11);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 16;
            }
        }

        pitch = tile->TargetPitch;
        y0.Store(tile->Target0);
        y1.Store(tile->Target0 + pitch);
        y2.Store(tile->Target0 + (2 * pitch));
        y3.Store(tile->Target0 + (3 * pitch));
        y4.Store(tile->Target1);
        y5.Store(tile->Target1 + pitch);
        y6.Store(tile->Target1 + (2 * pitch));
        y7.Store(tile->Target1 + (3 * pitch));
        y8.Store(tile->Target2);
        y9.Store(tile->Target2 + pitch);
        y10.Store(tile->Target2 + (2 * pitch));
        y11.Store(tile->Target2 + (3 * pitch));
    }

    private static void Run8(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector256<float> y0 = Vector256.Load(tile->Start0);
        Vector256<float> y1 = Vector256.Load(tile->Start0 + pitch);
        Vector256<float> y2 = Vector256.Load(tile->Start0 + (2 * pitch));
        Vector256<float> y3 = Vector256.Load(tile->Start0 + (3 * pitch));
        Vector256<float> y4 = Vector256.Load(tile->Start1);
        Vector256<float> y5 = Vector256.Load(tile->Start1 + pitch);
        Vector256<float> y6 = Vector256.Load(tile->Start1 + (2 * pitch));
        Vector256<float> y7 = Vector256.Load(tile->Start1 + (3 * pitch));
        Vector256<float> y8 = Vector256.Load(tile->Start2);
        Vector256<float> y9 = Vector256.Load(tile->Start2 + pitch);
        Vector256<float> y10 = Vector256.Load(tile->Start2 + (2 * pitch));
        Vector256<float> y11 = Vector256.Load(tile->Start2 + (3 * pitch));
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
                y2 = Fma.MultiplyAdd(Vector256.Create(x0[2]), w0, y2);
                y3 = Fma.MultiplyAdd(Vector256.Create(x0[3]), w0, y3);
                y4 = Fma.MultiplyAdd(Vector256.Create(x1[0]), w0, y4);
                y5 = Fma.MultiplyAdd(Vector256.Create(x1[1]), w0, y5);
                y6 = Fma.MultiplyAdd(Vector256.Create(x1[2]), w0, y6);
                y7 = Fma.MultiplyAdd(Vector256.Create(x1[3]), w0, y7);
                y8 = Fma.MultiplyAdd(Vector256.Create(x2[0]), w0, y8);
                y9 = Fma.MultiplyAdd(Vector256.Create(x2[1]), w0, y9);
                y10 = Fma.MultiplyAdd(Vector256.Create(x2[2]), w0, y10);
                y11 = Fma.MultiplyAdd(Vector256.Create(x2[3]), w0, y11);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 8;
            }
        }

        pitch = tile->TargetPitch;
        y0.Store(tile->Target0);
        y1.Store(tile->Target0 + pitch);
        y2.Store(tile->Target0 + (2 * pitch));
        y3.Store(tile->Target0 + (3 * pitch));
        y4.Store(tile->Target1);
        y5.Store(tile->Target1 + pitch);
        y6.Store(tile->Target1 + (2 * pitch));
        y7.Store(tile->Target1 + (3 * pitch));
        y8.Store(tile->Target2);
        y9.Store(tile->Target2 + pitch);
        y10.Store(tile->Target2 + (2 * pitch));
        y11.Store(tile->Target2 + (3 * pitch));
    }
}
