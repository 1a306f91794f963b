using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Vectors of four lanes, whatever they compile to: 6 columns x 8 channels; 4 channels for a narrow last block.</summary>
internal readonly unsafe struct Conv3dMicroKernelPortable : IConv3dMicroKernel
{
    public static SimdLevel Level => SimdLevel.Portable;

    public static int SegmentLength => 2;

    public static int BlockLanes => 8;

    public static int LastBlockLanes(int channels) => channels <= 4 ? 4 : 8;

    public static void Run(int lanes, Conv3dTile* tile)
    {
        if (lanes == 8)
            Run8(tile);
        else
            Run4(tile);
    }

    private static void Run8(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector128<float> y0a = Vector128.Load(tile->Start0);
        Vector128<float> y0b = Vector128.Load(tile->Start0 + 4);
        Vector128<float> y1a = Vector128.Load(tile->Start0 + pitch);
        Vector128<float> y1b = Vector128.Load(tile->Start0 + pitch + 4);
        Vector128<float> y2a = Vector128.Load(tile->Start1);
        Vector128<float> y2b = Vector128.Load(tile->Start1 + 4);
        Vector128<float> y3a = Vector128.Load(tile->Start1 + pitch);
        Vector128<float> y3b = Vector128.Load(tile->Start1 + pitch + 4);
        Vector128<float> y4a = Vector128.Load(tile->Start2);
        Vector128<float> y4b = Vector128.Load(tile->Start2 + 4);
        Vector128<float> y5a = Vector128.Load(tile->Start2 + pitch);
        Vector128<float> y5b = Vector128.Load(tile->Start2 + pitch + 4);
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
                Vector128<float> w0 = Vector128.Load(weights);
                Vector128<float> w1 = Vector128.Load(weights + 4);
                Vector128<float> x = Vector128.Create(x0[0]);
                y0a = Vector128.MultiplyAddEstimate(x, w0, y0a);
                y0b = Vector128.MultiplyAddEstimate(x, w1, y0b);
                x = Vector128.Create(x0[1]);
                y1a = Vector128.MultiplyAddEstimate(x, w0, y1a);
                y1b = Vector128.MultiplyAddEstimate(x, w1, y1b);
                x = Vector128.Create(x1[0]);
                y2a = Vector128.MultiplyAddEstimate(x, w0, y2a);
                y2b = Vector128.MultiplyAddEstimate(x, w1, y2b);
                x = Vector128.Create(x1[1]);
                y3a = Vector128.MultiplyAddEstimate(x, w0, y3a);
                y3b = Vector128.MultiplyAddEstimate(x, w1, y3b);
                x = Vector128.Create(x2[0]);
                y4a = Vector128.MultiplyAddEstimate(x, w0, y4a);
                y4b = Vector128.MultiplyAddEstimate(x, w1, y4b);
                x = Vector128.Create(x2[1]);
                y5a = Vector128.MultiplyAddEstimate(x, w0, y5a);
                y5b = Vector128.MultiplyAddEstimate(x, w1, y5b);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 8;
            }
        }

        pitch = tile->TargetPitch;
        y0a.Store(tile->Target0);
        y0b.Store(tile->Target0 + 4);
        y1a.Store(tile->Target0 + pitch);
        y1b.Store(tile->Target0 + pitch + 4);
        y2a.Store(tile->Target1);
        y2b.Store(tile->Target1 + 4);
        y3a.Store(tile->Target1 + pitch);
        y3b.Store(tile->Target1 + pitch + 4);
        y4a.Store(tile->Target2);
        y4b.Store(tile->Target2 + 4);
        y5a.Store(tile->Target2 + pitch);
        y5b.Store(tile->Target2 + pitch + 4);
    }

    private static void Run4(Conv3dTile* tile)
    {
        nint pitch = tile->StartPitch;
        Vector128<float> y0 = Vector128.Load(tile->Start0);
        Vector128<float> y1 = Vector128.Load(tile->Start0 + pitch);
        Vector128<float> y2 = Vector128.Load(tile->Start1);
        Vector128<float> y3 = Vector128.Load(tile->Start1 + pitch);
        Vector128<float> y4 = Vector128.Load(tile->Start2);
        Vector128<float> y5 = Vector128.Load(tile->Start2 + pitch);
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
                Vector128<float> w0 = Vector128.Load(weights);
                y0 = Vector128.MultiplyAddEstimate(Vector128.Create(x0[0]), w0, y0);
                y1 = Vector128.MultiplyAddEstimate(Vector128.Create(x0[1]), w0, y1);
                y2 = Vector128.MultiplyAddEstimate(Vector128.Create(x1[0]), w0, y2);
                y3 = Vector128.MultiplyAddEstimate(Vector128.Create(x1[1]), w0, y3);
                y4 = Vector128.MultiplyAddEstimate(Vector128.Create(x2[0]), w0, y4);
                y5 = Vector128.MultiplyAddEstimate(Vector128.Create(x2[1]), w0, y5);
                x0 += stride;
                x1 += stride;
                x2 += stride;
                weights += 4;
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
