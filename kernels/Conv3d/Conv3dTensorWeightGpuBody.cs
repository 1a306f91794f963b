using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// dw[r, oc] = sum over v of x[v, r] * dy[v, oc] as a matrix product that never makes x's matrix: r counts the taps, and of each tap the source channels,
/// filled up to chunks of 16 bytes; v counts the output voxels of the whole batch, x[v, r] is what output voxel v reads through tap and channel r. Sources and
/// dy [n, d, h, w, channels]. The inner index is the voxel, while channels lie side by side in memory: both operands are loaded transposed.
/// One group computes TBlock's rows x columns for one part of the voxels, each of its 4 warps TWarp's part in registers, by the loop of <see cref="GpuTileRing"/>. Per step of
/// 32 voxels (16 of 32 bits) (rows + columns) * 64 bytes are moved and rows * columns times as many products made. The sums of a part go to [part, row, oc];
/// <see cref="Conv3dTensorWeightGpuSum"/> adds them up. Voxels outside of the source and voxels past the last are zeros; channels past the last hold anything, and so do the sums that nobody reads. The order of the
/// sum follows from the shapes: voxels in order, within a step the hardware's order, parts in order.
/// </summary>
internal static class Conv3dTensorWeightGpuBody
{
    /// <summary>The kernel body.</summary>
    public static void Accumulate<TBlock, TWarp, TElement, TLoads, TScale>(Conv3dTensorWeightArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TScale : struct, IConv3dTensorScale
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(GpuTileRing.StageChunks<TBlock>() * default(TBlock).Stages);
        Conv3dTensorWeightTile tile = Conv3dTensorWeightTile.Of<TBlock>(k);
        Conv3dTensorWeightCopies<TScale> copies = Conv3dTensorWeightCopies<TScale>.Begin<TBlock, TElement>(k, tile.FirstRow, tile.FirstColumn, tile.FirstStep);
        TWarp sums = default;
        GpuTileRing.Multiply<TBlock, TWarp, TElement, TLoads, Conv3dTensorWeightCopies<TScale>, Conv3dTensorWeightArguments>(
            k, ref copies, ref sums, shared, tile.Steps);
        tile.Store<TBlock, TWarp>(k, ref sums);
    }
}

/// <summary>What one group computes.</summary>
internal struct Conv3dTensorWeightTile
{
    public int FirstRow;
    public int FirstColumn;
    public int FirstStep;
    public int Steps;
    private int _part;

    /// <summary>This group's tile. Tiles of channels are fastest, parts slowest: groups that run side by side read the same voxels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorWeightTile Of<TBlock>(in Conv3dTensorWeightArguments k)
        where TBlock : struct, IGpuBlockTile
    {
        int part = Grid.IdxX / k.ColumnTiles / k.RowTiles;
        int firstStep = part * k.StepsOfPart;
        return new Conv3dTensorWeightTile
        {
            FirstRow = Grid.IdxX / k.ColumnTiles % k.RowTiles * default(TBlock).Rows,
            FirstColumn = Grid.IdxX % k.ColumnTiles * default(TBlock).Columns,
            FirstStep = firstStep,
            Steps = XMath.Min(k.StepsOfPart, k.Steps - firstStep),
            _part = part,
        };
    }

    /// <summary>Stores the sums of this part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TBlock, TWarp>(in Conv3dTensorWeightArguments k, ref TWarp sums)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
    {
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int warp = Group.IdxX / GpuTensorCore.WarpSize;
        Conv3dTensorWeightStore store = new()
        {
            Parts = k.Parts,
            FirstElement = _part * k.Rows * k.OutputChannels,
            Rows = k.Rows,
            Columns = k.OutputChannels,
        };
        sums.Visit(
            ref store,
            FirstRow + (warp / default(TBlock).WarpsAcross * default(TWarp).Rows) + (lane / 4),
            FirstColumn + (warp % default(TBlock).WarpsAcross * default(TWarp).Columns) + (lane % 4 * 2));
    }
}

/// <summary>Stores the sums of one part, [row, oc].</summary>
internal struct Conv3dTensorWeightStore : IGpuTileVisitor
{
    public ArrayView<float> Parts;
    public int FirstElement;
    public int Rows;
    public int Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        Store(row, column, sum.A, sum.B);
        Store(row + 8, column, sum.C, sum.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(int row, int column, float left, float right)
    {
        int element = FirstElement + (row * Columns) + column;
        if (row < Rows && column < Columns)
            Parts[element] = left;
        if (row < Rows && column + 1 < Columns)
            Parts[element + 1] = right;
    }
}
