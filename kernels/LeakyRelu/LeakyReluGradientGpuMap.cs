using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>The gradient of an element: first y, second dy, which passes where y is above 0; else slope times it.</summary>
internal struct LeakyReluGradientGpuMap : IGpuElementMap
{
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c) => Of(first, second, Slope);

    /// <summary>The formula, for kernels that find y themselves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float y, float dy, float slope) => y > 0 ? dy : slope * dy;
}
