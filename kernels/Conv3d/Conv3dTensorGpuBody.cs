using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// y[m, oc] = bias[oc] + sum over k of x[m, k] * w[k, oc] as a matrix product that never makes x's matrix: m counts the output voxels of a sample, k the taps,
/// and of each tap the channels, filled up with zeros to steps of 64 bytes per source. Sources and output [n, d, h, w, channels], weight packed by
/// <see cref="Conv3dTensorGpuPacking"/> as [step, oc, 64 bytes].
/// One group computes TBlock's rows (output voxels) x columns (output channels), each of its 4 warps TWarp's part in registers. While it multiplies one step, the
/// next ones are copied to a ring in shared memory, past registers; one barrier a step. Per step and group (rows + columns) * 64 bytes are
/// moved and rows * columns * 64 bytes / element products made. Voxels outside of the source, channels past the last and rows past the last voxel are zeros.
/// The order of the sum follows from the shapes: steps in order, within a step the hardware's order, parts of a split sum added in order afterwards.
/// </summary>
internal static class Conv3dTensorGpuBody
{
    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement>(Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
    {
        int stageChunks = (default(TBlock).Rows + default(TBlock).Columns) * GpuTileMemory.RowChunks;
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(stageChunks * default(TBlock).Stages);
        ArrayView<uint> words = shared.Cast<uint>();
        // Tiles of channels are fastest: groups that run side by side read the same voxels.
        int firstColumn = Grid.IdxX % k.ColumnTiles * default(TBlock).Columns;
        int rowTile = Grid.IdxX / k.ColumnTiles % k.RowTiles;
        int part = Grid.IdxX / k.ColumnTiles / k.RowTiles;
        int firstStep = part * k.StepsOfPart;
        int steps = XMath.Min(k.StepsOfPart, k.Steps - firstStep);
        Conv3dTensorCopies copies = Conv3dTensorCopies.Begin<TBlock>(
            k, rowTile / k.TilesOfSample, rowTile % k.TilesOfSample * default(TBlock).Rows, firstColumn, firstStep);
        int warp = Group.IdxX / GpuTensorCore.WarpSize;
        int left = GpuTileMemory.LeftWord(warp / default(TBlock).WarpsAcross * default(TWarp).Rows);
        int right = GpuTileMemory.RightWord(default(TBlock).Rows + (warp % default(TBlock).WarpsAcross * default(TWarp).Columns));

        for (int i = 0; i < default(TBlock).Stages - 1; i++)
        {
            if (i < steps)
                copies.Copy<TBlock, TElement>(k, shared, i * stageChunks);
            GpuTensorCore.CommitCopies();
        }

        TWarp sums = default;
        int copied = (default(TBlock).Stages - 1) * stageChunks; // the stage to copy next
        int stage = 0;                                            // the stage to multiply next
        for (int step = 0; step < steps; step++)
        {
            // The barrier tells two things: everyone's copies of this step have arrived, and everyone has multiplied the stage that is copied to next.
            GpuTensorCore.WaitForCopies(default(TBlock).Stages - 2);
            Group.Barrier();
            if (step + default(TBlock).Stages - 1 < steps)
                copies.Copy<TBlock, TElement>(k, shared, copied);
            GpuTensorCore.CommitCopies();
            Multiply<TWarp, TElement>(ref sums, words, (stage * 4) + left, (stage * 4) + right);
            copied = Next<TBlock>(copied, stageChunks);
            stage = Next<TBlock>(stage, stageChunks);
        }

        GpuTensorCore.WaitForCopies(0);
        Group.Barrier();
        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement>(k, ref sums, shared, rowTile, firstColumn, part);
    }

    /// <summary>Multiplies one stage: 64 bytes of the inner index, 32 at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TWarp, TElement>(ref TWarp sums, ArrayView<uint> words, int left, int right)
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
    {
        sums.MultiplyAdd<TElement>(words, left, right);
        sums.MultiplyAdd<TElement>(words, GpuTileMemory.NextHalf(left), GpuTileMemory.NextHalf(right));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Next<TBlock>(int stage, int stageChunks)
        where TBlock : struct, IGpuBlockTile => stage == (default(TBlock).Stages - 1) * stageChunks ? 0 : stage + stageChunks;
}
