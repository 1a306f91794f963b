using System.Runtime.CompilerServices;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>The voxels of a box, line by line, as <see cref="GpuHalo"/> has them.</summary>
internal struct Conv3dTensorBoxRows : IConv3dTensorTileRows
{
    private const int PlaneRows = GpuHalo.Height * GpuHalo.Width;

    /// <summary>The box's sample, and its first voxel (z, y, x).</summary>
    public int Sample;
    public GpuInt3 First;

    // The box's number through the batch, and its voxels along each axis that exist.
    private int _box;
    private GpuInt3 _count;

    public readonly int End => GpuHalo.Depth * PlaneRows;

    /// <summary>A box of the output; x is fastest.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="boxes">Boxes of a sample (z, y, x).</param>
    /// <param name="box">Number of the box through the batch.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorBoxRows Of(in Conv3dTensorArguments k, GpuInt3 boxes, int box)
    {
        GpuInt3 at = boxes.PositionOf(box % k.TilesOfSample);
        GpuInt3 first = new() { D = at.D * GpuHalo.Depth, H = at.H * GpuHalo.Height, W = at.W * GpuHalo.Width };
        return new Conv3dTensorBoxRows
        {
            Sample = box / k.TilesOfSample,
            First = first,
            _box = box,
            _count = new GpuInt3
            {
                D = XMath.Min(k.OutputSize.D - first.D, GpuHalo.Depth),
                H = XMath.Min(k.OutputSize.H - first.H, GpuHalo.Height),
                W = XMath.Min(k.OutputSize.W - first.W, GpuHalo.Width),
            },
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Exists(int row) => row / PlaneRows < _count.D & row / GpuHalo.Width % GpuHalo.Height < _count.H & row % GpuHalo.Width < _count.W;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int CountOf(int block) => XMath.Clamp(_count.D - (block * (Conv3dTensorGpuStatistics.BlockRows / PlaneRows)), 0, Conv3dTensorGpuStatistics.BlockRows / PlaneRows) * _count.H * _count.W;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FirstBlock(in Conv3dTensorArguments k) => _box * (End / Conv3dTensorGpuStatistics.BlockRows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelOf(in Conv3dTensorArguments k, int row) => k.OutputSize.VoxelAt(
        (Sample * k.OutputSize.D) + First.D + (row / PlaneRows), First.H + (row / GpuHalo.Width % GpuHalo.Height), First.W + (row % GpuHalo.Width));
}
