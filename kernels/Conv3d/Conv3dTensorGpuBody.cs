using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// y[m, oc] = bias[oc] + sum over k of x[m, k] * w[k, oc] as a matrix product that never makes x's matrix: m counts the output voxels of a sample, k the taps,
/// and of each tap the sources' channels, each filled up with zeros to chunks of 16 bytes, of which a step has four. Sources and output [n, d, h, w, channels], weight packed by
/// <see cref="Conv3dTensorGpuPacking"/> as [step, oc, 64 bytes].
/// One group computes TBlock's rows (output voxels) x columns (output channels), each of its 4 warps TWarp's part in registers, by the loop of
/// <see cref="GpuTileRing"/>. Per step and group (rows + columns) * 64 bytes are
/// moved and rows * columns * 64 bytes / element products made. Voxels outside of the source, channels past a source's last, taps past the last and rows past the last voxel are zeros.
/// The order of the sum follows from the shapes: steps in order, within a step the hardware's order, parts of a split sum added in order afterwards.
/// </summary>
internal static class Conv3dTensorGpuBody
{
    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement, TLoads, TRow>(Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TRow : struct, IConv3dTensorRow => ConvolveTile<TBlock, TWarp, TElement, TLoads, TRow>(k, Grid.IdxX);

    /// <summary>One tile of one part. Every thread of the group must call it.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="tile">Number of the tile; channels are fastest: groups that run side by side read the same voxels.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ConvolveTile<TBlock, TWarp, TElement, TLoads, TRow>(in Conv3dTensorArguments k, int tile)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TRow : struct, IConv3dTensorRow
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(GpuTileRing.StageChunks<TBlock>() * default(TBlock).Stages);
        int firstColumn = tile % k.ColumnTiles * default(TBlock).Columns;
        int rowTile = tile / k.ColumnTiles % k.RowTiles;
        int part = tile / k.ColumnTiles / k.RowTiles;
        int firstStep = part * k.StepsOfPart;
        TWarp sums = default;
        AddProducts<TBlock, TWarp, TElement, TLoads, TRow>(k, ref sums, shared, rowTile, firstColumn, firstStep, XMath.Min(k.StepsOfPart, k.Steps - firstStep));
        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement, Conv3dTensorLinearRows>(k, ref sums, shared, Conv3dTensorLinearRows.Of<TBlock>(k, rowTile), firstColumn, part);
    }

    /// <summary>Adds some steps' products to a tile's sums. Every thread of the group must call it; a barrier ends it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<TBlock, TWarp, TElement, TLoads, TRow>(
        in Conv3dTensorArguments k, ref TWarp sums, ArrayView<GpuWord4> shared, int rowTile, int firstColumn, int firstStep, int steps)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TRow : struct, IConv3dTensorRow
    {
        Conv3dTensorCopies<TRow> copies = Conv3dTensorCopies<TRow>.Begin<TBlock>(
            k, rowTile / k.TilesOfSample, rowTile % k.TilesOfSample * default(TBlock).Rows, firstColumn, firstStep);
        GpuTileRing.Multiply<TBlock, TWarp, TElement, TLoads, Conv3dTensorCopies<TRow>, Conv3dTensorArguments>(k, ref copies, ref sums, shared, steps);
    }
}
