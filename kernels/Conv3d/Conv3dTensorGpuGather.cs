using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// The same product as <see cref="Conv3dTensorGpuBody"/> for sources of a few channels, whose voxels do not begin at multiples of 16 bytes: the first layer
/// of a network. The inner index k counts channels within taps without gaps, k = tap * channels + channel, so that 27 taps of one channel are one step of 32.
/// Elements are loaded one by one; a row's window is found once, and each element's tap by division.
/// </summary>
internal static class Conv3dTensorGpuGather
{
    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement>(Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement => ConvolveTile<TBlock, TWarp, TElement>(k, Grid.IdxX);

    /// <summary>One tile. Every thread of the group must call it.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="tile">Number of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ConvolveTile<TBlock, TWarp, TElement>(in Conv3dTensorArguments k, int tile)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
    {
        int columnStage = default(TBlock).Rows * GpuTileMemory.RowChunks;
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(XMath.Max(GpuTileRing.StageChunks<TBlock>(), Conv3dTensorEpilogue.ScratchChunks<TBlock>()));
        ArrayView<uint> words = shared.Cast<uint>();
        int firstColumn = tile % k.ColumnTiles * default(TBlock).Columns;
        int rowTile = tile / k.ColumnTiles;
        int sample = rowTile / k.TilesOfSample;
        Conv3dTensorRows rows = Conv3dTensorRows.Of<TBlock>(k, rowTile % k.TilesOfSample * default(TBlock).Rows);
        int left = GpuTileRing.LeftWord<TBlock, TWarp, GpuRowLoads>();
        int right = GpuTileRing.RightWord<TBlock, TWarp, GpuRowLoads>();
        TWarp sums = default;
        for (int step = 0; step < k.Steps; step++)
        {
            Conv3dTensorCopies.CopyWeights<TBlock>(k, k.FirstWeightStep + step, firstColumn, shared, columnStage);
            GpuTensorCore.CommitCopies();
            Gather<TBlock, TElement>(k, rows, sample, step, words);
            GpuTensorCore.WaitForCopies(0);
            Group.Barrier();
            GpuTileRing.MultiplyStage<TWarp, TElement, GpuRowLoads>(ref sums, words, left, right);
            Group.Barrier();
        }

        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement>(k, ref sums, shared, rowTile, firstColumn, part: 0);
    }

    // This thread's chunk of each of its rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather<TBlock, TElement>(in Conv3dTensorArguments k, in Conv3dTensorRows rows, int sample, int step, ArrayView<uint> words)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
    {
        const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowWords;
        int chunk = Group.IdxX % GpuTileMemory.RowChunks;
        int place = GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, chunk) * 4;
        int elementsOfWord = 4 / default(TElement).ByteLength;
        for (int word = 0; word < 4; word++)
        {
            int first = ((((step * GpuTileMemory.RowChunks) + chunk) * 4) + word) * elementsOfWord;
            words[place + word] = Word<TElement>(k, rows.A, sample, first);
            words[place + word + Stride] = Word<TElement>(k, rows.B, sample, first);
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                words[place + word + (2 * Stride)] = Word<TElement>(k, rows.C, sample, first);
                words[place + word + (3 * Stride)] = Word<TElement>(k, rows.D, sample, first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word<TElement>(in Conv3dTensorArguments k, Conv3dTensorRow row, int sample, int first)
        where TElement : struct, IGpuElement
    {
        uint word = Element<TElement>(k, row, sample, first);
        return default(TElement).ByteLength == 4 ? word : word | (Element<TElement>(k, row, sample, first + 1) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Element<TElement>(in Conv3dTensorArguments k, Conv3dTensorRow row, int sample, int inner)
        where TElement : struct, IGpuElement
    {
        int channels = k.First.Channels + k.Second.Channels;
        int tap = inner / channels;
        int channel = inner % channels;
        GpuInt3 at = k.Kernel.PositionOf(tap);
        if (at.D >= k.Kernel.D)
            return 0;
        if (channel < k.First.Channels)
            return Read<TElement>(k.First, row.VoxelOf(k.First, k.Size, at, sample), channel);
        return Read<TElement>(k.Second, row.VoxelOf(k.Second, k.Size, at, sample), channel - k.First.Channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read<TElement>(in Conv3dTensorSource source, int voxel, int channel)
        where TElement : struct, IGpuElement =>
        voxel >= 0 ? default(TElement).Read(source.Halves, source.Words, (voxel * source.Pitch) + channel) : 0;
}
