using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>One output voxel as a row of the left operand: where its window begins in the source, and where the present tap's channels lie.</summary>
internal struct Conv3dTensorRow
{
    // Far outside of every source, with room for a kernel's taps.
    private const int Outside = -(1 << 20);

    private int _d;
    private int _h;
    private int _w;

    /// <summary>The voxel of the present source that the present tap reads, -1 where it lies outside.</summary>
    public int Voxel;

    /// <summary>The row of an output voxel of a sample; voxels past the last have rows outside of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorRow Of(in Conv3dTensorArguments k, int voxel)
    {
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        return new Conv3dTensorRow
        {
            _d = voxel < k.Output.Voxels ? (at.D * k.Stride.D) + k.Begin.D : Outside,
            _h = (at.H * k.Stride.H) + k.Begin.H,
            _w = (at.W * k.Stride.W) + k.Begin.W,
            Voxel = -1,
        };
    }

    /// <summary>Turns to a tap of a source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveTo(in Conv3dTensorSource source, GpuInt3 size, GpuInt3 tap, int sample) => Voxel = VoxelOf(source, size, tap, sample);

    /// <summary>The voxel of a source that a tap reads, -1 where it lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelOf(in Conv3dTensorSource source, GpuInt3 size, GpuInt3 tap, int sample)
    {
        int d = _d + tap.D;
        int h = _h + tap.H;
        int w = _w + tap.W;
        bool isInside = d >= 0 && d < size.D && h >= 0 && h < size.H && w >= 0 && w < size.W;
        return isInside ? source.VoxelAt(sample, d, h, w) : -1;
    }
}

/// <summary>The rows that one thread copies: <see cref="GpuBlock.RowsAtOnce"/> apart. Tiles of 64 rows have two.</summary>
internal struct Conv3dTensorRows
{
    public Conv3dTensorRow A;
    public Conv3dTensorRow B;
    public Conv3dTensorRow C;
    public Conv3dTensorRow D;

    /// <summary>The rows of a tile that begins at an output voxel of a sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorRows Of<TBlock>(in Conv3dTensorArguments k, int firstVoxel)
        where TBlock : struct, IGpuBlockTile
    {
        int voxel = firstVoxel + (Group.IdxX / GpuTileMemory.RowChunks);
        Conv3dTensorRows rows = default;
        rows.A = Conv3dTensorRow.Of(k, voxel);
        rows.B = Conv3dTensorRow.Of(k, voxel + GpuBlock.RowsAtOnce);
        if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
        {
            rows.C = Conv3dTensorRow.Of(k, voxel + (2 * GpuBlock.RowsAtOnce));
            rows.D = Conv3dTensorRow.Of(k, voxel + (3 * GpuBlock.RowsAtOnce));
        }

        return rows;
    }

    /// <summary>Turns to a tap of a source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveTo<TBlock>(in Conv3dTensorSource source, GpuInt3 size, GpuInt3 tap, int sample)
        where TBlock : struct, IGpuBlockTile
    {
        A.MoveTo(source, size, tap, sample);
        B.MoveTo(source, size, tap, sample);
        if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
        {
            C.MoveTo(source, size, tap, sample);
            D.MoveTo(source, size, tap, sample);
        }
    }
}
