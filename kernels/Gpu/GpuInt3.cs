using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Three integers (z, y, x) as kernels see them.</summary>
internal struct GpuInt3
{
    public int D;
    public int H;
    public int W;

    public static GpuInt3 From(Int3 value) => new() { D = value.D, H = value.H, W = value.W };

    /// <summary>The product.</summary>
    public readonly int Volume => D * H * W;

    /// <summary>The position of a voxel counted in the order z, y, x; batch n counts on as z = n * D + d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuInt3 PositionOf(int voxel)
    {
        int row = voxel / W;
        return new GpuInt3 { D = row / H, H = row % H, W = voxel % W };
    }

    /// <summary>
    /// The position a distance further, itself a position: as adding two carries at most one along each axis, nothing is divided. z is not carried; it may be the size or more.
    /// </summary>
    /// <param name="position">The position; its x may be the size.</param>
    /// <param name="distance">The distance.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuInt3 Advance(GpuInt3 position, GpuInt3 distance)
    {
        int d = position.D + distance.D;
        int h = position.H + distance.H;
        int w = position.W + distance.W;
        if (w >= W)
        {
            w -= W;
            h++;
        }

        if (h >= H)
        {
            h -= H;
            d++;
        }

        return new GpuInt3 { D = d, H = h, W = w };
    }

    /// <summary>The number of a voxel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelAt(int d, int h, int w) => (((d * H) + h) * W) + w;
}
