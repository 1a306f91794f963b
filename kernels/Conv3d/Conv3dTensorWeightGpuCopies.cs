using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// Copies one step after the other of both operands to shared memory: of 32 output voxels (16 of 32 bits), what the tile's taps and channels read of the source, then
/// the tile's channels of the output's gradient. A piece of 32 channels is 32 rows of 64 bytes: a voxel each, or, of 32 bits, the first half of every voxel, then the second. A thread copies one chunk of each
/// piece, the same in every step, of another voxel each time.
/// </summary>
internal struct Conv3dTensorWeightCopies<TScale> : IGpuTileCopies<Conv3dTensorWeightArguments>
    where TScale : struct, IConv3dTensorScale
{
    // Chunks of a piece's 32 rows.
    private const int PieceChunks = 32 * GpuTileMemory.RowChunks;

    private Conv3dTensorTapChunk _a;
    private Conv3dTensorTapChunk _b;
    private Conv3dTensorTapChunk _c;
    private Conv3dTensorTapChunk _d;
    private Conv3dTensorWalk _voxel;

    // This thread's chunk of the tile's first columns of the present voxel, and the channels from there on.
    private int _gradient;
    private int _channels;

    /// <summary>Begins at a step.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="firstRow">The tile's first row of the result.</param>
    /// <param name="firstColumn">Its first output channel.</param>
    /// <param name="step">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorWeightCopies<TScale> Begin<TBlock, TElement>(in Conv3dTensorWeightArguments k, int firstRow, int firstColumn, int step)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        int channelsOfChunk = Conv3dTensorWeightTiling.ChannelsOfChunk(default(TElement).ByteLength);
        int chunksOfPiece = Conv3dTensorWeightTiling.ChunksOf(Conv3dTensorWeightTiling.ChannelsOfPiece, default(TElement).ByteLength);
        int inPiece = Conv3dTensorWeightThread.ChunkOf<TElement>();
        int chunk = (firstRow / channelsOfChunk) + inPiece;
        Conv3dTensorWeightCopies<TScale> copies = default;
        copies._a = Conv3dTensorTapChunk.Of<TElement>(k, chunk);
        copies._b = Conv3dTensorTapChunk.Of<TElement>(k, chunk + chunksOfPiece);
        if (default(TBlock).Rows > 64)
        {
            copies._c = Conv3dTensorTapChunk.Of<TElement>(k, chunk + (2 * chunksOfPiece));
            copies._d = Conv3dTensorTapChunk.Of<TElement>(k, chunk + (3 * chunksOfPiece));
        }

        int voxel = (step * Conv3dTensorWeightTiling.VoxelsOfStep(default(TElement).ByteLength)) + Conv3dTensorWeightThread.VoxelOf<TElement>();
        int column = firstColumn + (inPiece * channelsOfChunk);
        copies._voxel = Conv3dTensorWalk.From(k.OutputSize, voxel);
        copies._gradient = ((voxel * k.GradientPitch) + column) / channelsOfChunk;
        copies._channels = k.OutputChannels - column;
        return copies;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy<TBlock, TElement>(in Conv3dTensorWeightArguments k, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        // What it reads: the source voxel in the middle of its window.
        GpuInt3 middle = new() { D = _voxel.At.D * k.Stride.D, H = _voxel.At.H * k.Stride.H, W = _voxel.At.W * k.Stride.W };
        int source = k.Size.VoxelAt((_voxel.Sample * k.Size.D) + middle.D, middle.H, middle.W);
        bool exists = _voxel.Voxel < k.Voxels;
        middle.D = exists ? middle.D : Conv3dTensorTapChunk.Outside;
        int channels = exists ? _channels : 0;
        int place = stage + GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks);
        CopySource<TBlock>(k, middle, source, target, place);
        CopyGradient<TBlock, TElement>(k, channels, target, place, default(TBlock).Rows * GpuTileMemory.RowChunks);
        _voxel.Advance(k.OutputSize, k.Step.Voxel, k.Step.Sample, k.Step.At);
        _gradient += k.Step.Voxel * k.GradientPitch / Conv3dTensorWeightTiling.ChannelsOfChunk(default(TElement).ByteLength);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopySource<TBlock>(in Conv3dTensorWeightArguments k, GpuInt3 middle, int source, ArrayView<GpuWord4> target, int place)
        where TBlock : struct, IGpuBlockTile
    {
        _a.Copy<TScale>(k, _voxel.Sample, middle, source, target, place, 0);
        _b.Copy<TScale>(k, _voxel.Sample, middle, source, target, place, PieceChunks);
        if (default(TBlock).Rows > 64)
        {
            _c.Copy<TScale>(k, _voxel.Sample, middle, source, target, place, 2 * PieceChunks);
            _d.Copy<TScale>(k, _voxel.Sample, middle, source, target, place, 3 * PieceChunks);
        }
    }

    // Channels past the last are columns of the result that are not stored.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyGradient<TBlock, TElement>(in Conv3dTensorWeightArguments k, int channels, ArrayView<GpuWord4> target, int place, int offset)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        int next = Conv3dTensorWeightTiling.ChunksOf(Conv3dTensorWeightTiling.ChannelsOfPiece, default(TElement).ByteLength);
        GpuTensorCore.CopyChunkAsync(target, place, offset, k.GradientChunks, _gradient, channels > 0 ? 1 : 0);
        if (default(TBlock).Columns > 32)
            GpuTensorCore.CopyChunkAsync(target, place, offset + PieceChunks, k.GradientChunks, _gradient + next, channels > 32 ? 1 : 0);
        if (default(TBlock).Columns > 64)
        {
            GpuTensorCore.CopyChunkAsync(target, place, offset + (2 * PieceChunks), k.GradientChunks, _gradient + (2 * next), channels > 64 ? 1 : 0);
            GpuTensorCore.CopyChunkAsync(target, place, offset + (3 * PieceChunks), k.GradientChunks, _gradient + (3 * next), channels > 96 ? 1 : 0);
        }
    }
}

/// <summary>What a thread copies, or gathers, of each step.</summary>
internal static class Conv3dTensorWeightThread
{
    /// <summary>Which voxel of the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int VoxelOf<TElement>()
        where TElement : struct, IGpuElement => Group.IdxX / GpuTileMemory.RowChunks % Conv3dTensorWeightTiling.VoxelsOfStep(default(TElement).ByteLength);

    /// <summary>Which chunk of each piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ChunkOf<TElement>()
        where TElement : struct, IGpuElement =>
        (Group.IdxX / GpuTileMemory.RowChunks / Conv3dTensorWeightTiling.VoxelsOfStep(default(TElement).ByteLength) * GpuTileMemory.RowChunks) + (Group.IdxX % GpuTileMemory.RowChunks);
}
