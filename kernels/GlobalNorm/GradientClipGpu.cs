using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary><see cref="GradientClip"/> for bodies of GPU kernels.</summary>
internal static class GradientClipGpu
{
    private const uint ExponentBits = 0x7F800000;

    /// <summary>Whether a norm is a number, and not infinite. By its bits: a comparison with NaN may be turned round on its way to the device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFinite(float norm) => (Interop.FloatAsInt(norm) & ExponentBits) != ExponentBits;

    /// <summary>What a gradient of the scaled loss is multiplied by.</summary>
    /// <param name="norm">Norm of all gradients of the scaled loss.</param>
    /// <param name="maxNorm">The most that is let through.</param>
    /// <param name="unscale">1 over the loss's factor.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Factor(float norm, float maxNorm, float unscale) => XMath.Min(1f, maxNorm / ((norm * unscale) + 1e-6f)) * unscale;
}
