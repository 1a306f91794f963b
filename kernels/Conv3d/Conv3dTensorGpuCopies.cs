using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// Copies one step after the other of both operands to shared memory. A step is four chunks of 16 bytes: of one tap or, with few channels, of several; chunks are counted tap by tap, in each the first
/// source's, then the second's. A thread copies one of the four of each of its rows. What its tap needs is found when that begins, so that a step of a row is a multiplication, a
/// comparison and a copy: with 32 channels every step is another tap, and everything that is not a product takes the place of one.
/// </summary>
internal struct Conv3dTensorCopies<TRow> : IGpuTileCopies<Conv3dTensorArguments>
    where TRow : struct, IConv3dTensorRow
{
    // Chunks of shared memory between two rows that a thread copies.
    private const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowChunks;

    private Conv3dTensorRows<TRow> _rows;
    private Conv3dTensorInner _chunk;
    private int _tapBits;

    // Voxels of a source between what this tap and tap (0, 0, 0) read.
    private int _shift;
    private int _sample;

    // A step's distance.
    private GpuInt3 _tapsOfStep;
    private int _chunksOfStep;

    // This thread's chunk of the tile's first columns in the present step's weights, and how many columns exist.
    private int _weight;
    private int _columns;

    /// <summary>Begins at a step.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="sample">Sample of the tile.</param>
    /// <param name="firstVoxel">Its first output voxel in the sample.</param>
    /// <param name="firstColumn">Its first output channel.</param>
    /// <param name="step">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorCopies<TRow> Begin<TBlock>(in Conv3dTensorArguments k, int sample, int firstVoxel, int firstColumn, int step)
        where TBlock : struct, IGpuBlockTile
    {
        Conv3dTensorCopies<TRow> copies = default;
        copies._rows.Begin<TBlock>(k, sample, firstVoxel);
        copies._sample = sample;
        copies._chunk = Conv3dTensorInner.Of(k.Kernel, k.ChunksOfTap, (step * GpuTileMemory.RowChunks) + (Group.IdxX % GpuTileMemory.RowChunks));
        copies._tapsOfStep = k.Kernel.PositionOf(GpuTileMemory.RowChunks / k.ChunksOfTap);
        copies._chunksOfStep = GpuTileMemory.RowChunks % k.ChunksOfTap;
        copies._weight = Conv3dTensorPackedWeight.ChunkOf(k, k.FirstWeightStep + step, firstColumn);
        copies._columns = k.Output.Channels - firstColumn;
        copies.TurnToTap<TBlock>(k);
        return copies;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy<TBlock, TElement>(in Conv3dTensorArguments k, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        int place = stage + GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks);
        if (_chunk.Unit < k.FirstChunks)
        {
            int chunk = _chunk.Unit;
            int pitch = k.First.PitchChunks;
            int shift = _shift * pitch;
            CopyRows<TBlock>(
                k.First, chunk, _rows.A.PlaceInFirst(pitch, shift, chunk), _rows.B.PlaceInFirst(pitch, shift, chunk), _rows.C.PlaceInFirst(pitch, shift, chunk),
                _rows.D.PlaceInFirst(pitch, shift, chunk), target, place);
        }
        else
        {
            int chunk = _chunk.Unit - k.FirstChunks;
            int pitch = k.Second.PitchChunks;
            int shift = _shift * pitch;
            CopyRows<TBlock>(
                k.Second, chunk, _rows.A.PlaceInSecond(pitch, shift, chunk), _rows.B.PlaceInSecond(pitch, shift, chunk), _rows.C.PlaceInSecond(pitch, shift, chunk),
                _rows.D.PlaceInSecond(pitch, shift, chunk), target, place);
        }

        Conv3dTensorPackedWeight.Copy<TBlock>(k, _weight, _columns, target, place, default(TBlock).Rows * GpuTileMemory.RowChunks);
        Advance<TBlock>(k);
    }

    // Outside of the source, and past its channels, there are zeros. Rows that a thread copies are a multiple of 8 apart, so the swizzle is the same for all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyRows<TBlock>(in Conv3dTensorSource source, int chunk, int a, int b, int c, int d, ArrayView<GpuWord4> target, int place)
        where TBlock : struct, IGpuBlockTile
    {
        if (source.BytesOfLastChunk == GpuWord4.ByteLength)
        {
            CopyWhole(source, _rows.A.Reads(_tapBits), a, target, place, 0);
            CopyWhole(source, _rows.B.Reads(_tapBits), b, target, place, Stride);
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                CopyWhole(source, _rows.C.Reads(_tapBits), c, target, place, 2 * Stride);
                CopyWhole(source, _rows.D.Reads(_tapBits), d, target, place, 3 * Stride);
            }
        }
        else
        {
            int bytes = chunk < source.ChannelChunks - 1 ? GpuWord4.ByteLength : source.BytesOfLastChunk;
            CopyPart(source, _rows.A.Reads(_tapBits) ? bytes : 0, a, target, place);
            CopyPart(source, _rows.B.Reads(_tapBits) ? bytes : 0, b, target, place + Stride);
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                CopyPart(source, _rows.C.Reads(_tapBits) ? bytes : 0, c, target, place + (2 * Stride));
                CopyPart(source, _rows.D.Reads(_tapBits) ? bytes : 0, d, target, place + (3 * Stride));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWhole(in Conv3dTensorSource source, bool exists, int index, ArrayView<GpuWord4> target, int place, int offset) =>
        GpuTensorCore.CopyChunkAsync(target, place, offset, source.Chunks, index, exists ? 1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyPart(in Conv3dTensorSource source, int bytes, int index, ArrayView<GpuWord4> target, int place) =>
        GpuTensorCore.CopyAsync(target, place, source.Chunks, bytes > 0 ? index : 0, bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance<TBlock>(in Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
    {
        _weight += k.Output.Channels * GpuTileMemory.RowChunks;
        if (_chunk.Unit + GpuTileMemory.RowChunks < k.ChunksOfTap)
        {
            _chunk.Unit += GpuTileMemory.RowChunks;
            return;
        }

        _chunk.Advance(k.Kernel, k.ChunksOfTap, _tapsOfStep, _chunksOfStep);
        TurnToTap<TBlock>(k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TurnToTap<TBlock>(in Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
    {
        GpuInt3 tap = _chunk.Tap;
        _tapBits = _chunk.BitsIn(k.Kernel);
        _shift = k.Size.VoxelAt(tap.D, tap.H, tap.W);
        _rows.MoveTo<TBlock>(k, tap, _sample);
    }
}
