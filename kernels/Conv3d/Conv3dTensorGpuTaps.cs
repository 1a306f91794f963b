using System.Runtime.CompilerServices;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Which taps of a window lie inside of the source, as bits: bit t for taps (t, *, *), bit 10 + t for (*, t, *), bit 20 + t for (*, *, t). A tap lies inside where all three of its bits are set.
/// </summary>
internal static class Conv3dTensorTaps
{
    /// <summary>The bit of a tap that lies inside of nothing.</summary>
    public const int Nowhere = 1 << (3 * BitsOfAxis);

    private const int BitsOfAxis = 10;

    /// <summary>Whether a kernel's taps have bits.</summary>
    /// <param name="kernel">Size of the kernel.</param>
    public static bool Supports(Int3 kernel) => Enumerable.Range(0, 3).All(axis => kernel[axis] <= BitsOfAxis);

    /// <summary>The source voxel (z, y, x) that tap (0, 0, 0) of an output voxel of a sample reads, if it exists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GpuInt3 WindowOf(in Conv3dTensorArguments k, int voxel)
    {
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        return new GpuInt3 { D = (at.D * k.Stride.D) + k.Begin.D, H = (at.H * k.Stride.H) + k.Begin.H, W = (at.W * k.Stride.W) + k.Begin.W };
    }

    /// <summary>The taps of a window that lie inside; none for a voxel past the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InsideOf(in Conv3dTensorArguments k, GpuInt3 window, int voxel)
    {
        int inside = InsideOf(window, k.Size, k.Kernel);
        return voxel < k.Output.Voxels ? inside : 0;
    }

    /// <summary>The taps of a window that lie inside of a source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InsideOf(GpuInt3 window, GpuInt3 size, GpuInt3 kernel) =>
        InsideOf(window.D, size.D, kernel.D) | (InsideOf(window.H, size.H, kernel.H) << BitsOfAxis) | (InsideOf(window.W, size.W, kernel.W) << (2 * BitsOfAxis));

    /// <summary>Whether a tap, as <see cref="BitsOf"/> has it, is among some.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Contains(int taps, int tap) => (taps & tap) == tap;

    /// <summary>The three bits of a tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BitsOf(GpuInt3 tap) => (1 << tap.D) | (1 << (BitsOfAxis + tap.H)) | (1 << ((2 * BitsOfAxis) + tap.W));

    // Taps from -first to before size - first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int InsideOf(int first, int size, int taps)
    {
        int end = XMath.Clamp(size - first, 0, taps);
        int begin = XMath.Clamp(-first, 0, taps);
        return ((1 << end) - 1) & ~((1 << begin) - 1);
    }
}
