using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>An output voxel as a row of the left operand: where its window lies in the sources, and which taps lie inside of them.</summary>
internal interface IConv3dTensorRow
{
    /// <summary>Begins with an output voxel of a sample; voxels past the last have no tap inside.</summary>
    void Begin(in Conv3dTensorArguments k, int sample, int voxel);

    /// <summary>Turns to a tap.</summary>
    void MoveTo(in Conv3dTensorArguments k, GpuInt3 tap, int sample);

    /// <summary>Whether a tap, as <see cref="Conv3dTensorTaps.BitsOf"/> has it, lies inside.</summary>
    bool Reads(int tap);

    /// <summary>Where the first source's voxel of the present tap begins, plus <paramref name="first"/>; counted in chunks or, where elements are loaded one by one, in elements.</summary>
    /// <param name="pitch">Chunks from one voxel to the next.</param>
    /// <param name="shift">Chunks between what the present tap and tap (0, 0, 0) read, were the source not upsampled.</param>
    /// <param name="first">A chunk of the voxel.</param>
    int PlaceInFirst(int pitch, int shift, int first);

    /// <summary>Likewise in the second source, which is never upsampled.</summary>
    int PlaceInSecond(int pitch, int shift, int first);
}

/// <summary>A row of sources that are not upsampled: taps are a fixed distance from one another, so that a tap costs one multiplication and a comparison of bits.</summary>
internal struct Conv3dTensorRow : IConv3dTensorRow
{
    // Of tap (0, 0, 0), counted through the batch; outside of the source it is what the formula gives.
    private int _voxel;
    private int _inside;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(in Conv3dTensorArguments k, int sample, int voxel)
    {
        GpuInt3 at = Conv3dTensorTaps.WindowOf(k, voxel);
        _voxel = k.Size.VoxelAt((sample * k.Size.D) + at.D, at.H, at.W);
        _inside = Conv3dTensorTaps.InsideOf(k, at, voxel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MoveTo(in Conv3dTensorArguments k, GpuInt3 tap, int sample)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Reads(int tap) => Conv3dTensorTaps.Contains(_inside, tap);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceInFirst(int pitch, int shift, int first) => PlaceInSecond(pitch, shift, first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceInSecond(int pitch, int shift, int first) => (_voxel * pitch) + (shift + first);
}

/// <summary>A row whose first source is upsampled: its voxel is found anew for every tap.</summary>
internal struct Conv3dTensorUpsampledRow : IConv3dTensorRow
{
    private Conv3dTensorRow _row;
    private GpuInt3 _window;
    private int _voxel;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(in Conv3dTensorArguments k, int sample, int voxel)
    {
        _row.Begin(k, sample, voxel);
        _window = Conv3dTensorTaps.WindowOf(k, voxel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveTo(in Conv3dTensorArguments k, GpuInt3 tap, int sample) =>
        _voxel = k.First.VoxelAt(sample, _window.D + tap.D, _window.H + tap.H, _window.W + tap.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Reads(int tap) => _row.Reads(tap);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceInFirst(int pitch, int shift, int first) => (_voxel * pitch) + first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceInSecond(int pitch, int shift, int first) => _row.PlaceInSecond(pitch, shift, first);
}

/// <summary>The rows that one thread copies: <see cref="GpuBlock.RowsAtOnce"/> apart. Tiles of 64 rows have two.</summary>
internal struct Conv3dTensorRows<TRow>
    where TRow : struct, IConv3dTensorRow
{
    public TRow A;
    public TRow B;
    public TRow C;
    public TRow D;

    /// <summary>Begins with a tile's first output voxel of a sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin<TBlock>(in Conv3dTensorArguments k, int sample, int firstVoxel)
        where TBlock : struct, IGpuBlockTile
    {
        int voxel = firstVoxel + (Group.IdxX / GpuTileMemory.RowChunks);
        A.Begin(k, sample, voxel);
        B.Begin(k, sample, voxel + GpuBlock.RowsAtOnce);
        if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
        {
            C.Begin(k, sample, voxel + (2 * GpuBlock.RowsAtOnce));
            D.Begin(k, sample, voxel + (3 * GpuBlock.RowsAtOnce));
        }
    }

    /// <summary>Turns to a tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveTo<TBlock>(in Conv3dTensorArguments k, GpuInt3 tap, int sample)
        where TBlock : struct, IGpuBlockTile
    {
        A.MoveTo(k, tap, sample);
        B.MoveTo(k, tap, sample);
        if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
        {
            C.MoveTo(k, tap, sample);
            D.MoveTo(k, tap, sample);
        }
    }
}
