using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// The same product as <see cref="Conv3dTensorWeightGpuBody"/> where voxels of a source or of the output's gradient do not begin at multiples of 16 bytes: few channels, as in
/// the first layer of a network. Rows have no gaps, r = tap * channels + channel, so that 27 taps of one channel are 27 rows. Elements are loaded one by one; what a row is, is found once
/// for all steps and lies in a table in shared memory. Pieces of 32 rows that do not exist stay what they were: nobody reads their results.
/// </summary>
internal static class Conv3dTensorWeightGpuGather
{
    // A piece of 32 channels, as it is copied elsewhere.
    private const int PieceWords = 32 * GpuTileMemory.RowWords;

    /// <summary>The kernel body.</summary>
    public static void Accumulate<TBlock, TWarp, TElement, TLoads, TScale>(Conv3dTensorWeightArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TScale : struct, IConv3dTensorScale
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(GpuTileRing.StageChunks<TBlock>());
        ArrayView<GpuWord4> table = SharedMemory.Allocate<GpuWord4>(default(TBlock).Rows);
        ArrayView<uint> words = shared.Cast<uint>();
        Conv3dTensorWeightTile tile = Conv3dTensorWeightTile.Of<TBlock>(k);
        for (int row = Group.IdxX; row < default(TBlock).Rows; row += GpuBlock.Threads)
            table[row] = Conv3dTensorGatheredRow.Of(k, tile.FirstRow + row);
        Group.Barrier();
        int left = GpuTileRing.LeftWord<TBlock, TWarp, TLoads>();
        int right = GpuTileRing.RightWord<TBlock, TWarp, TLoads>();
        int inPiece = Conv3dTensorWeightThread.ChunkOf<TElement>() * Conv3dTensorWeightTiling.ChannelsOfChunk(default(TElement).ByteLength);
        int place = GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks) * 4;
        int sourcePieces = XMath.Min(default(TBlock).Rows, k.Rows - tile.FirstRow + 31) / 32;
        int gradientPieces = XMath.Min(default(TBlock).Columns, k.OutputChannels - tile.FirstColumn + 31) / 32;
        int firstVoxel = (tile.FirstStep * Conv3dTensorWeightTiling.VoxelsOfStep(default(TElement).ByteLength)) + Conv3dTensorWeightThread.VoxelOf<TElement>();
        Conv3dTensorWalk voxel = Conv3dTensorWalk.From(k.OutputSize, firstVoxel);
        TWarp sums = default;
        for (int step = 0; step < tile.Steps; step++)
        {
            GatherSource<TElement, TScale>(k, voxel, table, inPiece, sourcePieces, words, place);
            GatherGradient<TElement>(k, voxel.Voxel, tile.FirstColumn + inPiece, gradientPieces, words, place + (default(TBlock).Rows * GpuTileMemory.RowWords));
            Group.Barrier();
            GpuTileRing.MultiplyStage<TWarp, TLoads>(ref sums, words, left, right);
            Group.Barrier();
            voxel.Advance(k.OutputSize, k.Step.Voxel, k.Step.Sample, k.Step.At);
        }

        tile.Store<TBlock, TWarp>(k, ref sums);
    }

    // Of each piece, what this thread's voxel reads through the rows of a chunk.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GatherSource<TElement, TScale>(
        in Conv3dTensorWeightArguments k, Conv3dTensorWalk voxel, ArrayView<GpuWord4> table, int firstRow, int pieces, ArrayView<uint> words, int place)
        where TElement : struct, IGpuElement
        where TScale : struct, IConv3dTensorScale
    {
        GpuInt3 window = new()
        {
            D = (voxel.At.D * k.Stride.D) - (k.Kernel.D / 2),
            H = (voxel.At.H * k.Stride.H) - (k.Kernel.H / 2),
            W = (voxel.At.W * k.Stride.W) - (k.Kernel.W / 2),
        };
        int source = k.Size.VoxelAt((voxel.Sample * k.Size.D) + window.D, window.H, window.W);
        int inside = voxel.Voxel < k.Voxels ? Conv3dTensorTaps.InsideOf(window, k.Size, k.Kernel) : 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            for (int word = 0; word < 4; word++)
            {
                int row = firstRow + (piece * Conv3dTensorWeightTiling.ChannelsOfPiece) + (4 / default(TElement).ByteLength * word);
                uint lower = Conv3dTensorGatheredRow.Read<TElement, TScale>(k, table[row], voxel.Sample, window, source, inside);
                uint upper = 0;
                if (default(TElement).ByteLength == 2)
                    upper = Conv3dTensorGatheredRow.Read<TElement, TScale>(k, table[row + 1], voxel.Sample, window, source, inside);
                words[place + (piece * PieceWords) + word] = lower | (upper << 16);
            }
        }
    }

    // Of each piece, a chunk of channels of this thread's voxel of the output's gradient.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GatherGradient<TElement>(in Conv3dTensorWeightArguments k, int voxel, int firstChannel, int pieces, ArrayView<uint> words, int place)
        where TElement : struct, IGpuElement
    {
        ArrayView<GpuWord4> chunks = words.Cast<GpuWord4>();
        for (int piece = 0; piece < pieces; piece++)
        {
            int channel = firstChannel + (piece * Conv3dTensorWeightTiling.ChannelsOfPiece);
            int target = place + (piece * PieceWords);
            int element = (voxel * k.GradientPitch) + channel;
            if (k.HasGradientChunks != 0)
            {
                GpuWord4 values = default;
                if (voxel < k.Voxels && channel < k.OutputChannels)
                    values = k.GradientChunks[element / Conv3dTensorWeightTiling.ChannelsOfChunk(default(TElement).ByteLength)];
                chunks[target / 4] = values;
                continue;
            }

            for (int word = 0; word < 4; word++)
            {
                int first = channel + (4 / default(TElement).ByteLength * word);
                uint upper = 0;
                if (default(TElement).ByteLength == 2)
                    upper = Gradient<TElement>(k, voxel, first + 1);
                words[target + word] = Gradient<TElement>(k, voxel, first) | (upper << 16);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Gradient<TElement>(in Conv3dTensorWeightArguments k, int voxel, int channel)
        where TElement : struct, IGpuElement =>
        voxel < k.Voxels && channel < k.OutputChannels ? default(TElement).Read(k.GradientHalves, k.GradientWords, (voxel * k.GradientPitch) + channel) : 0;
}

/// <summary>A row of the result as a word of four: bits of its tap, elements from what tap (0, 0, 0) reads to its element were the source not upsampled, the tap's place, and its channel.</summary>
internal static class Conv3dTensorGatheredRow
{
    // Set in the tap's place where the source is the second.
    private const int Second = 1 << 30;
    private const int BitsOfPlace = 10;
    private const int Mask = (1 << BitsOfPlace) - 1;

    /// <summary>The row; one past the last reads nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GpuWord4 Of(in Conv3dTensorWeightArguments k, int row)
    {
        Conv3dTensorInner inner = Conv3dTensorInner.Of(k.Kernel, k.First.Channels + k.Second.Channels, row);
        bool isSecond = inner.Unit >= k.First.Channels;
        int channel = isSecond ? inner.Unit - k.First.Channels : inner.Unit;
        int pitch = isSecond ? k.Second.Pitch : k.First.Pitch;
        GpuInt3 tap = inner.Tap;
        int place = (tap.D & Mask) | (tap.H << BitsOfPlace) | (tap.W << (2 * BitsOfPlace)) | (isSecond ? Second : 0);
        return new GpuWord4
        {
            X = (uint)(row < k.Rows ? inner.BitsIn(k.Kernel) : Conv3dTensorTaps.Nowhere),
            Y = (uint)((k.Size.VoxelAt(tap.D, tap.H, tap.W) * pitch) + channel),
            Z = (uint)place,
            W = (uint)channel,
        };
    }

    /// <summary>What an output voxel reads through a row, in the lower half of a word if it has 16 bits.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="row">The row.</param>
    /// <param name="sample">The voxel's sample.</param>
    /// <param name="window">What tap (0, 0, 0) reads (z, y, x).</param>
    /// <param name="voxel">The same, counted through the batch.</param>
    /// <param name="inside">The taps that lie inside.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read<TElement, TScale>(in Conv3dTensorWeightArguments k, GpuWord4 row, int sample, GpuInt3 window, int voxel, int inside)
        where TElement : struct, IGpuElement
        where TScale : struct, IConv3dTensorScale
    {
        int place = (int)row.Z;
        int distance = (int)row.Y;
        GpuInt3 at = new() { D = window.D + (place & Mask), H = window.H + ((place >> BitsOfPlace) & Mask), W = window.W + ((place >> (2 * BitsOfPlace)) & Mask) };
        if (!Conv3dTensorTaps.Contains(inside, (int)row.X))
            return 0;
        return (place & Second) != 0
            ? default(TElement).Read(k.Second.Halves, k.Second.Words, (voxel * k.Second.Pitch) + distance)
            : default(TElement).Read(k.First.Halves, k.First.Words, default(TScale).PlaceIn(k.First, k.First.Pitch, sample, at, (int)row.W, (voxel * k.First.Pitch) + distance));
    }
}
