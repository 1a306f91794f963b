using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorHaloGpuBody"/> is told.</summary>
internal struct Conv3dTensorHaloArguments
{
    /// <summary>The convolution; its row tiles are boxes, its inner index is counted in <see cref="Slabs"/>.</summary>
    public Conv3dTensorArguments Convolution;

    /// <summary>Boxes of a sample (z, y, x).</summary>
    public GpuInt3 Boxes;

    /// <summary>Slabs of the source's channels.</summary>
    public int Slabs;
}

/// <summary>
/// The product of <see cref="Conv3dTensorGpuBody"/> for kernels of (1 or 3, 1 or 3, 3) taps and stride 1, whose rows are the voxels of a box: what all taps read of a slab of channels, the box and one voxel around it (<see cref="GpuHalo"/>), is
/// copied to shared memory once, and not for every tap anew. Per slab and group 360 voxels' 64 bytes are moved, and 27 times the tile's columns' of weights, beside 27 times 128 voxels' of a tile of rows. Weight packed by
/// <see cref="Conv3dTensorHaloGpuPacking"/>; the taps' weights come through a ring while others are multiplied. Sums are added up slab after slab, of each tap after tap.
/// </summary>
internal static class Conv3dTensorHaloGpuBody
{
    // Of the ring of weights.
    private const int Stages = 4;

    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement, TLoads, TSlab>(Conv3dTensorHaloArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TSlab : struct, IGpuSlab
    {
        int haloChunks = GpuHalo.Voxels * GpuHalo.PitchWords<TSlab>() / 4;
        // A stage is a tap, or of half steps a line of taps.
        int stageBlocks = default(TSlab).IsStep ? 1 : GpuHalo.BlocksOfLine(default(TSlab).Chunks);
        int stageChunks = stageBlocks * default(TBlock).Columns * GpuTileMemory.RowChunks;
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(haloChunks + (Stages * stageChunks));
        ArrayView<uint> words = shared.Cast<uint>();
        int firstColumn = Grid.IdxX % k.Convolution.ColumnTiles * default(TBlock).Columns;
        Conv3dTensorBoxRows rows = Conv3dTensorBoxRows.Of(k.Convolution, k.Boxes, Grid.IdxX / k.Convolution.ColumnTiles);
        int warp = Group.IdxX / GpuTensorCore.WarpSize;
        int left = default(TLoads).LeftWord(warp / default(TBlock).WarpsAcross * default(TWarp).Rows);
        int right = (haloChunks * 4) + default(TLoads).RightWord(warp % default(TBlock).WarpsAcross * default(TWarp).Columns);
        int place = GpuTileMemory.PlaceOf(Group.IdxX / GpuTileMemory.RowChunks, Group.IdxX % GpuTileMemory.RowChunks);
        int weight = Conv3dTensorPackedWeight.ChunkOf(k.Convolution, 0, firstColumn);
        int steps = k.Convolution.Kernel.D * k.Convolution.Kernel.H * (default(TSlab).IsStep ? GpuHalo.TapsOfLine : 1);
        TWarp sums = default;
        for (int slab = 0; slab < k.Slabs; slab++)
        {
            // Everyone has multiplied what is overwritten now.
            Group.Barrier();
            CopyHalo<TSlab>(k.Convolution, rows, slab, shared);
            for (int i = 0; i < Stages - 1; i++)
            {
                if (i < steps)
                    CopyWeights<TBlock, TSlab>(k.Convolution, ref weight, firstColumn, shared, place + haloChunks + (i * stageChunks));
                GpuTensorCore.CommitCopies();
            }

            int copied = (Stages - 1) * stageChunks;
            int stage = 0;
            GpuHaloTap<TSlab> tap = default;
            for (int step = 0; step < steps; step++)
            {
                // As in GpuTileRing; the halo came with the first stage.
                GpuTensorCore.WaitForCopies(Stages - 2);
                Group.Barrier();
                if (step + Stages - 1 < steps)
                    CopyWeights<TBlock, TSlab>(k.Convolution, ref weight, firstColumn, shared, place + haloChunks + copied);
                GpuTensorCore.CommitCopies();
                GpuTensorCore.JoinWarp();
                Multiply<TBlock, TWarp, TLoads, TSlab>(ref sums, words, left + tap.Words, right + (stage * 4));
                tap.Advance(k.Convolution.Kernel.H);
                copied = copied == (Stages - 1) * stageChunks ? 0 : copied + stageChunks;
                stage = stage == (Stages - 1) * stageChunks ? 0 : stage + stageChunks;
            }
        }

        GpuTensorCore.WaitForCopies(0);
        Group.Barrier();
        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement, Conv3dTensorBoxRows>(k.Convolution, ref sums, shared, rows, firstColumn, part: 0);
    }

    // Of 64 bytes one tap, of 32 bytes three taps along x, of which a block of weights has two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TBlock, TWarp, TLoads, TSlab>(ref TWarp sums, ArrayView<uint> words, int left, int right)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TLoads : struct, IGpuTileLoads
        where TSlab : struct, IGpuSlab
    {
        sums.MultiplyAdd<TLoads>(words, left, right);
        if (default(TSlab).IsStep)
        {
            sums.MultiplyAdd<TLoads>(words, default(TLoads).NextLeftHalf(left), default(TLoads).NextRightHalf(right));
        }
        else
        {
            sums.MultiplyAdd<TLoads>(words, left + GpuHalo.PitchWords<TSlab>(), default(TLoads).NextRightHalf(right));
            sums.MultiplyAdd<TLoads>(words, left + (2 * GpuHalo.PitchWords<TSlab>()), right + (default(TBlock).Columns * GpuTileMemory.RowWords));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWeights<TBlock, TSlab>(in Conv3dTensorArguments k, ref int weight, int firstColumn, ArrayView<GpuWord4> shared, int place)
        where TBlock : struct, IGpuBlockTile
        where TSlab : struct, IGpuSlab
    {
        Conv3dTensorPackedWeight.Copy<TBlock>(k, weight, k.Output.Channels - firstColumn, shared, place, 0);
        weight += k.Output.Channels * GpuTileMemory.RowChunks;
        if (!default(TSlab).IsStep)
        {
            Conv3dTensorPackedWeight.Copy<TBlock>(k, weight, k.Output.Channels - firstColumn, shared, place, default(TBlock).Columns * GpuTileMemory.RowChunks);
            weight += k.Output.Channels * GpuTileMemory.RowChunks;
        }
    }

    // A thread copies the same chunk of every so many voxels, whose position goes on without division. Outside of the source, and past its channels, there are zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyHalo<TSlab>(in Conv3dTensorArguments k, Conv3dTensorBoxRows rows, int slab, ArrayView<GpuWord4> shared)
        where TSlab : struct, IGpuSlab
    {
        int voxelsAtOnce = GpuBlock.Threads / default(TSlab).Chunks;
        int chunk = Group.IdxX % default(TSlab).Chunks;
        int first = Group.IdxX / default(TSlab).Chunks;
        int source = (slab * default(TSlab).Chunks) + chunk;
        int bytes = source < k.First.ChannelChunks - 1 ? GpuWord4.ByteLength : source < k.First.ChannelChunks ? k.First.BytesOfLastChunk : 0;
        int z = first / GpuHalo.PlanePitch;
        int y = first / GpuHalo.LinePitch % (GpuHalo.Height + 2);
        int x = first % GpuHalo.LinePitch;
        int target = (first * GpuHalo.PitchWords<TSlab>() / 4) + chunk;
        int end = (GpuHalo.Depth + k.Kernel.D - 1) * GpuHalo.PlanePitch;
        for (int voxel = first; voxel < end; voxel += voxelsAtOnce)
        {
            int d = rows.First.D + k.Begin.D + z;
            int h = rows.First.H + k.Begin.H + y;
            int w = rows.First.W + k.Begin.W + x;
            // Without branches: negative numbers are the largest without a sign.
            bool exists = (uint)d < (uint)k.Size.D & (uint)h < (uint)k.Size.H & (uint)w < (uint)k.Size.W;
            int place = (k.Size.VoxelAt((rows.Sample * k.Size.D) + d, h, w) * k.First.PitchChunks) + source;
            GpuTensorCore.CopyAsync(shared, target, k.First.Chunks, exists & bytes > 0 ? place : 0, exists ? bytes : 0);
            target += voxelsAtOnce * GpuHalo.PitchWords<TSlab>() / 4;
            x += voxelsAtOnce % GpuHalo.LinePitch;
            y += voxelsAtOnce / GpuHalo.LinePitch % (GpuHalo.Height + 2);
            z += voxelsAtOnce / GpuHalo.PlanePitch;
            if (x >= GpuHalo.LinePitch)
            {
                x -= GpuHalo.LinePitch;
                y++;
            }

            if (y >= GpuHalo.Height + 2)
            {
                y -= GpuHalo.Height + 2;
                z++;
            }
        }
    }
}

/// <summary>How far a step's first tap is from the first of all, z slowest.</summary>
internal struct GpuHaloTap<TSlab>
    where TSlab : struct, IGpuSlab
{
    private int _h;
    private int _w;

    /// <summary>Words of shared memory.</summary>
    public int Words { readonly get; private set; }

    /// <summary>Goes on by a step: a tap or a line of taps.</summary>
    /// <param name="height">Taps along y.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int height)
    {
        int pitch = GpuHalo.PitchWords<TSlab>();
        if (default(TSlab).IsStep)
        {
            Words += pitch;
            _w++;
            if (_w < GpuHalo.TapsOfLine)
                return;
            _w = 0;
            Words -= GpuHalo.TapsOfLine * pitch;
        }

        Words += GpuHalo.LinePitch * pitch;
        _h++;
        if (_h < height)
            return;
        _h = 0;
        Words += (GpuHalo.PlanePitch - (height * GpuHalo.LinePitch)) * pitch;
    }
}
