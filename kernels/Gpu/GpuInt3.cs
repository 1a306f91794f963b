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

    /// <summary>The position of a voxel counted in the order z, y, x; batch n counts on as z = n * D + d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuInt3 PositionOf(int voxel)
    {
        int row = voxel / W;
        return new GpuInt3 { D = row / H, H = row % H, W = voxel % W };
    }

    /// <summary>The number of a voxel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelAt(int d, int h, int w) => (((d * H) + h) * W) + w;
}
