using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// 8 channels of one tap of one source: 8 rows of the result. They are counted tap by tap, in each the first source's chunks, then the second's.
/// </summary>
internal struct Conv3dTensorTapChunk
{
    private GpuInt3 _shift;
    private int _chunk;
    private int _bytes;
    private bool _isSecond;

    /// <summary>Chunk number <paramref name="index"/>; those past the last are zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorTapChunk Of(in Conv3dTensorWeightArguments k, int index)
    {
        int inTap = index % k.ChunksOfTap;
        bool isSecond = inTap >= k.FirstChunks;
        int chunk = isSecond ? inTap - k.FirstChunks : inTap;
        int channels = (isSecond ? k.Second.Channels : k.First.Channels) - (chunk * Conv3dTensorWeightTiling.ChannelsOfChunk);
        GpuInt3 tap = k.Kernel.PositionOf(index / k.ChunksOfTap);
        return new Conv3dTensorTapChunk
        {
            _shift = new GpuInt3 { D = tap.D - (k.Kernel.D / 2), H = tap.H - (k.Kernel.H / 2), W = tap.W - (k.Kernel.W / 2) },
            _chunk = chunk,
            _bytes = index * Conv3dTensorWeightTiling.ChannelsOfChunk < k.Rows ? XMath.Min(GpuWord4.ByteLength, channels * 2) : 0,
            _isSecond = isSecond,
        };
    }

    /// <summary>Begins to copy what an output voxel reads of it.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="voxel">The output voxel.</param>
    /// <param name="target">Shared memory.</param>
    /// <param name="place">Where it goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Copy(in Conv3dTensorWeightArguments k, in Conv3dTensorWindow voxel, ArrayView<GpuWord4> target, int place)
    {
        bool isInside = voxel.Reads(k.Size, _shift) && _bytes > 0;
        if (_isSecond)
            Copy(k.Second, isInside, voxel.VoxelOf(k.Second, _shift), target, place);
        else
            Copy(k.First, isInside, voxel.VoxelOf(k.First, _shift), target, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Copy(in Conv3dTensorSource source, bool isInside, int voxel, ArrayView<GpuWord4> target, int place)
    {
        int index = (voxel * (source.Pitch / Conv3dTensorWeightTiling.ChannelsOfChunk)) + _chunk;
        GpuTensorCore.CopyAsync(target, place, source.Chunks, isInside ? index : 0, isInside ? _bytes : 0);
    }
}

/// <summary>An output voxel: its sample, and the source voxel that the middle of its window lies on.</summary>
internal struct Conv3dTensorWindow
{
    // Far outside of every source, with room for a kernel's taps.
    private const int Outside = -(1 << 20);

    private int _sample;
    private GpuInt3 _middle;

    /// <summary>The output voxel, counted through the batch; voxels past the last lie outside of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorWindow Of(in Conv3dTensorWeightArguments k, int voxel)
    {
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        int sample = at.D / k.OutputSize.D;
        int d = at.D - (sample * k.OutputSize.D);
        return new Conv3dTensorWindow
        {
            _sample = sample,
            _middle = new GpuInt3 { D = voxel < k.Voxels ? d * k.Stride.D : Outside, H = at.H * k.Stride.H, W = at.W * k.Stride.W },
        };
    }

    /// <summary>Whether a tap's voxel exists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Reads(GpuInt3 size, GpuInt3 shift)
    {
        int d = _middle.D + shift.D;
        int h = _middle.H + shift.H;
        int w = _middle.W + shift.W;
        return d >= 0 && d < size.D && h >= 0 && h < size.H && w >= 0 && w < size.W;
    }

    /// <summary>A tap's voxel in a source, if it exists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelOf(in Conv3dTensorSource source, GpuInt3 shift) =>
        source.VoxelAt(_sample, _middle.D + shift.D, _middle.H + shift.H, _middle.W + shift.W);
}

/// <summary>
/// Copies one step after the other of both operands to shared memory: of 32 output voxels, one a row, what the tile's taps and channels read of the source, then
/// the tile's channels of the output's gradient. A thread copies one chunk of each piece of 32 channels, the same in every step, of another voxel each time.
/// </summary>
internal struct Conv3dTensorWeightCopies : IGpuTileCopies<Conv3dTensorWeightArguments>
{
    // Chunks of a piece: 32 rows.
    private const int PieceChunks = Conv3dTensorWeightTiling.VoxelsOfStep * GpuTileMemory.RowChunks;

    private Conv3dTensorTapChunk _a;
    private Conv3dTensorTapChunk _b;
    private Conv3dTensorTapChunk _c;
    private Conv3dTensorTapChunk _d;
    private int _firstColumn;
    private int _voxel;

    /// <summary>Begins at a step.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="firstRow">The tile's first row of the result.</param>
    /// <param name="firstColumn">Its first output channel.</param>
    /// <param name="step">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorWeightCopies Begin<TBlock>(in Conv3dTensorWeightArguments k, int firstRow, int firstColumn, int step)
        where TBlock : struct, IGpuBlockTile
    {
        int chunk = (firstRow / Conv3dTensorWeightTiling.ChannelsOfChunk) + (Group.IdxX % GpuTileMemory.RowChunks);
        Conv3dTensorWeightCopies copies = default;
        copies._a = Conv3dTensorTapChunk.Of(k, chunk);
        copies._b = Conv3dTensorTapChunk.Of(k, chunk + GpuTileMemory.RowChunks);
        if (default(TBlock).Rows > 64)
        {
            copies._c = Conv3dTensorTapChunk.Of(k, chunk + (2 * GpuTileMemory.RowChunks));
            copies._d = Conv3dTensorTapChunk.Of(k, chunk + (3 * GpuTileMemory.RowChunks));
        }

        copies._firstColumn = firstColumn;
        copies._voxel = (step * Conv3dTensorWeightTiling.VoxelsOfStep) + (Group.IdxX / GpuTileMemory.RowChunks);
        return copies;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy<TBlock, TElement>(in Conv3dTensorWeightArguments k, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        Conv3dTensorWindow voxel = Conv3dTensorWindow.Of(k, _voxel);
        int place = stage + GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks);
        _a.Copy(k, voxel, target, place);
        _b.Copy(k, voxel, target, place + PieceChunks);
        if (default(TBlock).Rows > 64)
        {
            _c.Copy(k, voxel, target, place + (2 * PieceChunks));
            _d.Copy(k, voxel, target, place + (3 * PieceChunks));
        }

        CopyGradient<TBlock>(k, _voxel, _firstColumn, target, place + (default(TBlock).Rows * GpuTileMemory.RowChunks));
        _voxel += Conv3dTensorWeightTiling.VoxelsOfStep;
    }

    /// <summary>Begins to copy a voxel of the output's gradient.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="voxel">The voxel.</param>
    /// <param name="firstColumn">The tile's first output channel.</param>
    /// <param name="target">Shared memory.</param>
    /// <param name="place">Where this thread's chunk of the first 32 channels goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyGradient<TBlock>(in Conv3dTensorWeightArguments k, int voxel, int firstColumn, ArrayView<GpuWord4> target, int place)
        where TBlock : struct, IGpuBlockTile
    {
        int channel = firstColumn + (Group.IdxX % GpuTileMemory.RowChunks * Conv3dTensorWeightTiling.ChannelsOfChunk);
        CopyGradientChunk(k, voxel, channel, target, place);
        if (default(TBlock).Columns > 32)
            CopyGradientChunk(k, voxel, channel + 32, target, place + PieceChunks);
        if (default(TBlock).Columns > 64)
        {
            CopyGradientChunk(k, voxel, channel + 64, target, place + (2 * PieceChunks));
            CopyGradientChunk(k, voxel, channel + 96, target, place + (3 * PieceChunks));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyGradientChunk(in Conv3dTensorWeightArguments k, int voxel, int channel, ArrayView<GpuWord4> target, int place)
    {
        bool exists = voxel < k.Voxels && channel < k.OutputChannels;
        int index = ((voxel * k.GradientPitch) + channel) / Conv3dTensorWeightTiling.ChannelsOfChunk;
        int bytes = XMath.Min(GpuWord4.ByteLength, (k.OutputChannels - channel) * 2);
        GpuTensorCore.CopyAsync(target, place, k.GradientChunks, exists ? index : 0, exists ? bytes : 0);
    }
}
