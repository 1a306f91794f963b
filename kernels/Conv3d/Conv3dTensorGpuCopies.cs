using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// Copies one step after the other of both operands to shared memory. A step is 64 bytes of channels of one tap of one source; taps are slowest, then come
/// the first source's channels, then the second's. Where a row lies follows the tap only, and is found anew when the tap or the source changes.
/// </summary>
internal struct Conv3dTensorCopies : IGpuTileCopies<Conv3dTensorArguments>
{
    private Conv3dTensorRows _rows;
    private GpuInt3 _tap;
    private int _sample;
    private int _firstColumn;
    private int _weightStep;

    // Step within the tap.
    private int _stepOfTap;

    /// <summary>Begins at a step.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="sample">Sample of the tile.</param>
    /// <param name="firstVoxel">Its first output voxel in the sample.</param>
    /// <param name="firstColumn">Its first output channel.</param>
    /// <param name="step">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorCopies Begin<TBlock>(in Conv3dTensorArguments k, int sample, int firstVoxel, int firstColumn, int step)
        where TBlock : struct, IGpuBlockTile
    {
        Conv3dTensorCopies copies = default;
        copies._rows = Conv3dTensorRows.Of<TBlock>(k, firstVoxel);
        copies._tap = k.Kernel.PositionOf(step / k.StepsOfTap);
        copies._sample = sample;
        copies._firstColumn = firstColumn;
        copies._weightStep = k.FirstWeightStep + step;
        copies._stepOfTap = step % k.StepsOfTap;
        copies.FindRows<TBlock>(k);
        return copies;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy<TBlock, TElement>(in Conv3dTensorArguments k, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        if (_stepOfTap < k.FirstSteps)
            CopyRows<TBlock, TElement>(k.First, _stepOfTap, target, stage);
        else
            CopyRows<TBlock, TElement>(k.Second, _stepOfTap - k.FirstSteps, target, stage);
        CopyWeights<TBlock>(k, _weightStep, _firstColumn, target, stage + (default(TBlock).Rows * GpuTileMemory.RowChunks));
        Advance<TBlock>(k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyRows<TBlock, TElement>(in Conv3dTensorSource source, int step, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        int chunk = Group.IdxX % GpuTileMemory.RowChunks;
        int row = Group.IdxX / GpuTileMemory.RowChunks;
        int place = stage + GpuTileMemory.PlaceOf(row, chunk);
        int first = (step * GpuTileMemory.RowChunks) + chunk;
        int bytesLeft = (source.Channels * default(TElement).ByteLength) - (first * GpuWord4.ByteLength);
        int bytes = XMath.Max(0, XMath.Min(GpuWord4.ByteLength, bytesLeft));
        int chunks = source.Pitch * default(TElement).ByteLength / GpuWord4.ByteLength;
        // Rows that a thread copies are a multiple of 8 apart, so the swizzle is the same for all.
        const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowChunks;
        CopyRow(source.Chunks, _rows.A.Voxel, chunks, first, bytes, target, place);
        CopyRow(source.Chunks, _rows.B.Voxel, chunks, first, bytes, target, place + Stride);
        if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
        {
            CopyRow(source.Chunks, _rows.C.Voxel, chunks, first, bytes, target, place + (2 * Stride));
            CopyRow(source.Chunks, _rows.D.Voxel, chunks, first, bytes, target, place + (3 * Stride));
        }
    }

    // Outside of the source, and past its channels, there are zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(ArrayView<GpuWord4> source, int voxel, int chunks, int first, int bytes, ArrayView<GpuWord4> target, int place)
    {
        bool isInside = voxel >= 0 && bytes > 0;
        GpuTensorCore.CopyAsync(target, place, source, isInside ? (voxel * chunks) + first : 0, isInside ? bytes : 0);
    }

    /// <summary>Begins to copy a step of the weights.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="step">The step of the packed weights.</param>
    /// <param name="firstColumn">The tile's first output channel.</param>
    /// <param name="target">Shared memory.</param>
    /// <param name="stage">First chunk of the rows of the right operand.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyWeights<TBlock>(in Conv3dTensorArguments k, int step, int firstColumn, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
    {
        const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowChunks;
        int row = Group.IdxX / GpuTileMemory.RowChunks;
        int place = stage + GpuTileMemory.PlaceOf(row, Group.IdxX % GpuTileMemory.RowChunks);
        int columns = k.Output.Channels - firstColumn;
        int source = (((step * k.Output.Channels) + firstColumn) * GpuTileMemory.RowChunks) + Group.IdxX;
        CopyWeight(k.Weight, row, columns, source, target, place);
        if (default(TBlock).Columns > GpuBlock.RowsAtOnce)
            CopyWeight(k.Weight, row + GpuBlock.RowsAtOnce, columns, source + Stride, target, place + Stride);
        if (default(TBlock).Columns > 2 * GpuBlock.RowsAtOnce)
        {
            CopyWeight(k.Weight, row + (2 * GpuBlock.RowsAtOnce), columns, source + (2 * Stride), target, place + (2 * Stride));
            CopyWeight(k.Weight, row + (3 * GpuBlock.RowsAtOnce), columns, source + (3 * Stride), target, place + (3 * Stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWeight(ArrayView<GpuWord4> source, int row, int columns, int index, ArrayView<GpuWord4> target, int place)
    {
        bool exists = row < columns;
        GpuTensorCore.CopyAsync(target, place, source, exists ? index : 0, exists ? GpuWord4.ByteLength : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance<TBlock>(in Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
    {
        _weightStep++;
        _stepOfTap++;
        if (_stepOfTap == k.StepsOfTap)
        {
            _stepOfTap = 0;
            _tap.W++;
            if (_tap.W == k.Kernel.W)
            {
                _tap.W = 0;
                _tap.H++;
            }

            if (_tap.H == k.Kernel.H)
            {
                _tap.H = 0;
                _tap.D++;
            }
        }

        if (_stepOfTap == 0 || _stepOfTap == k.FirstSteps)
            FindRows<TBlock>(k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FindRows<TBlock>(in Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
    {
        if (_stepOfTap < k.FirstSteps)
            _rows.MoveTo<TBlock>(k.First, k.Size, _tap, _sample);
        else
            _rows.MoveTo<TBlock>(k.Second, k.Size, _tap, _sample);
    }
}
