using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace STUNet.Kernels;

/// <summary>Four voxels of some channels each become lines of four neighbours, one line a channel.</summary>
internal static unsafe class ChannelTranspose
{
    /// <summary>target[c * stride + j] = xj[c] for channels c and voxels j = 0 to 3.</summary>
    public static void Run(float* x0, float* x1, float* x2, float* x3, float* target, nint stride, int channels)
    {
        int ic = 0;
        if (Sse.IsSupported)
        {
            for (; ic + 4 <= channels; ic += 4)
            {
                Vector128<float> a = Vector128.Load(x0 + ic);
                Vector128<float> b = Vector128.Load(x1 + ic);
                Vector128<float> c = Vector128.Load(x2 + ic);
                Vector128<float> d = Vector128.Load(x3 + ic);
                Vector128<float> abLow = Sse.UnpackLow(a, b);
                Vector128<float> abHigh = Sse.UnpackHigh(a, b);
                Vector128<float> cdLow = Sse.UnpackLow(c, d);
                Vector128<float> cdHigh = Sse.UnpackHigh(c, d);
                Sse.MoveLowToHigh(abLow, cdLow).Store(target);
                Sse.MoveHighToLow(cdLow, abLow).Store(target + stride);
                Sse.MoveLowToHigh(abHigh, cdHigh).Store(target + (2 * stride));
                Sse.MoveHighToLow(cdHigh, abHigh).Store(target + (3 * stride));
                target += 4 * stride;
            }
        }

        for (; ic < channels; ic++)
        {
            target[0] = x0[ic];
            target[1] = x1[ic];
            target[2] = x2[ic];
            target[3] = x3[ic];
            target += stride;
        }
    }
}
