using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// The same product as <see cref="Conv3dTensorGpuBody"/> for sources of a few channels, whose voxels do not begin at multiples of 16 bytes: the first layer
/// of a network. The inner index k counts channels within taps without gaps, k = tap * channels + channel, so that 27 taps of one channel are one step of 32.
/// Elements are loaded one by one; a row's window is found once, and each element's tap by counting on from that of the thread's first.
/// </summary>
internal static class Conv3dTensorGpuGather
{
    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement, TLoads, TRow>(Conv3dTensorArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TRow : struct, IConv3dTensorRow => ConvolveTile<TBlock, TWarp, TElement, TLoads, TRow>(k, Grid.IdxX);

    /// <summary>One tile. Every thread of the group must call it.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="tile">Number of the tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ConvolveTile<TBlock, TWarp, TElement, TLoads, TRow>(in Conv3dTensorArguments k, int tile)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TRow : struct, IConv3dTensorRow
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(XMath.Max(GpuTileRing.StageChunks<TBlock>(), Conv3dTensorEpilogue.ScratchChunks<TBlock>()));
        ArrayView<uint> words = shared.Cast<uint>();
        int firstColumn = tile % k.ColumnTiles * default(TBlock).Columns;
        int rowTile = tile / k.ColumnTiles;
        int sample = rowTile / k.TilesOfSample;
        Conv3dTensorRows<TRow> rows = default;
        rows.Begin<TBlock>(k, sample, rowTile % k.TilesOfSample * default(TBlock).Rows);
        int weight = Conv3dTensorPackedWeight.ChunkOf(k, k.FirstWeightStep, firstColumn);
        int place = GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks);
        int left = GpuTileRing.LeftWord<TBlock, TWarp, TLoads>();
        int right = GpuTileRing.RightWord<TBlock, TWarp, TLoads>();
        TWarp sums = default;
        for (int step = 0; step < k.Steps; step++)
        {
            Conv3dTensorPackedWeight.Copy<TBlock>(k, weight, k.Output.Channels - firstColumn, shared, place, default(TBlock).Rows * GpuTileMemory.RowChunks);
            weight += k.Output.Channels * GpuTileMemory.RowChunks;
            GpuTensorCore.CommitCopies();
            Gather<TBlock, TElement, TRow>(k, ref rows, sample, step, words);
            GpuTensorCore.WaitForCopies(0);
            Group.Barrier();
            GpuTileRing.MultiplyStage<TWarp, TLoads>(ref sums, words, left, right);
            Group.Barrier();
        }

        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement, Conv3dTensorLinearRows>(k, ref sums, shared, Conv3dTensorLinearRows.Of<TBlock>(k, rowTile), firstColumn, part: 0);
    }

    // This thread's chunk of each of its rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather<TBlock, TElement, TRow>(in Conv3dTensorArguments k, ref Conv3dTensorRows<TRow> rows, int sample, int step, ArrayView<uint> words)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
        where TRow : struct, IConv3dTensorRow
    {
        const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowWords;
        int chunk = Group.IdxX % GpuTileMemory.RowChunks;
        int place = GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, chunk) * 4;
        int channels = k.First.Channels + k.Second.Channels;
        int first = ((step * GpuTileMemory.RowChunks) + chunk) * (GpuWord4.ByteLength / default(TElement).ByteLength);
        Conv3dTensorInner inner = Conv3dTensorInner.Of(k.Kernel, channels, first);
        for (int word = place; word < place + 4; word++)
        {
            GpuFragment lower = Elements<TBlock, TElement, TRow>(k, ref rows, sample, inner);
            inner.Advance(k.Kernel, channels, default, 1);
            GpuFragment upper = default;
            if (default(TElement).ByteLength == 2)
            {
                upper = Elements<TBlock, TElement, TRow>(k, ref rows, sample, inner);
                inner.Advance(k.Kernel, channels, default, 1);
            }

            words[word] = lower.A | (upper.A << 16);
            words[word + Stride] = lower.B | (upper.B << 16);
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                words[word + (2 * Stride)] = lower.C | (upper.C << 16);
                words[word + (3 * Stride)] = lower.D | (upper.D << 16);
            }
        }
    }

    // The element of an inner index of each of this thread's rows, in the lower half of a word if it has 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuFragment Elements<TBlock, TElement, TRow>(in Conv3dTensorArguments k, ref Conv3dTensorRows<TRow> rows, int sample, Conv3dTensorInner inner)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement
        where TRow : struct, IConv3dTensorRow
    {
        int tap = inner.BitsIn(k.Kernel);
        int shift = k.Size.VoxelAt(inner.Tap.D, inner.Tap.H, inner.Tap.W);
        int channel = inner.Unit;
        rows.MoveTo<TBlock>(k, inner.Tap, sample);
        GpuFragment elements = default;
        if (channel < k.First.Channels)
        {
            int pitch = k.First.Pitch;
            elements.A = Read<TElement>(k.First, rows.A.Reads(tap), rows.A.PlaceInFirst(pitch, shift * pitch, channel));
            elements.B = Read<TElement>(k.First, rows.B.Reads(tap), rows.B.PlaceInFirst(pitch, shift * pitch, channel));
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                elements.C = Read<TElement>(k.First, rows.C.Reads(tap), rows.C.PlaceInFirst(pitch, shift * pitch, channel));
                elements.D = Read<TElement>(k.First, rows.D.Reads(tap), rows.D.PlaceInFirst(pitch, shift * pitch, channel));
            }
        }
        else
        {
            int pitch = k.Second.Pitch;
            channel -= k.First.Channels;
            elements.A = Read<TElement>(k.Second, rows.A.Reads(tap), rows.A.PlaceInSecond(pitch, shift * pitch, channel));
            elements.B = Read<TElement>(k.Second, rows.B.Reads(tap), rows.B.PlaceInSecond(pitch, shift * pitch, channel));
            if (default(TBlock).Rows > 2 * GpuBlock.RowsAtOnce)
            {
                elements.C = Read<TElement>(k.Second, rows.C.Reads(tap), rows.C.PlaceInSecond(pitch, shift * pitch, channel));
                elements.D = Read<TElement>(k.Second, rows.D.Reads(tap), rows.D.PlaceInSecond(pitch, shift * pitch, channel));
            }
        }

        return elements;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read<TElement>(in Conv3dTensorSource source, bool exists, int index)
        where TElement : struct, IGpuElement => exists ? default(TElement).Read(source.Halves, source.Words, index) : 0;
}
