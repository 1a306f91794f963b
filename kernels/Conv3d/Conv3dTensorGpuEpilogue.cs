using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>The end of a tile: bias, moments, and storing. The ring of the main loop serves as scratch.</summary>
internal static class Conv3dTensorEpilogue
{
    /// <summary>Rows of scratch for sums of columns: one for each row of a thread's block, the other 8 rows added to it.</summary>
    private const int RowsOfSum = 2;

    /// <summary>Chunks of shared memory that it takes: all results as 16 bits, each row with a chunk more; moments take less. Behind it the rows' voxels, a word each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ScratchChunks<TBlock>()
        where TBlock : struct, IGpuBlockTile => ResultChunks<TBlock>() + (default(TBlock).Rows / 4);

    /// <summary>Where a thread's two rows of a block go, added up: blocks of 16 rows become 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOfSum(int row, int column, int columns) => (((row / 16 * 8) + (row % 8)) * columns) + column;

    /// <summary>Stores a tile. Every thread of the group must call it, after a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TBlock, TWarp, TElement, TRows>(
        in Conv3dTensorArguments k, ref TWarp sums, ArrayView<GpuWord4> shared, TRows rows, int firstColumn, int part)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TRows : struct, IConv3dTensorTileRows
    {
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int warp = Group.IdxX / GpuTensorCore.WarpSize;
        int row = (warp / default(TBlock).WarpsAcross * default(TWarp).Rows) + (lane / 4);
        int column = (warp % default(TBlock).WarpsAcross * default(TWarp).Columns) + (lane % 4 * 2);
        // Which voxel a row is takes divisions, so it is found once. The barriers of the moments stand between this and the reading.
        ArrayView<int> voxels = shared.SubView(ResultChunks<TBlock>(), default(TBlock).Rows / 4).Cast<int>();
        if (Group.IdxX < rows.End)
            voxels[Group.IdxX] = rows.VoxelOf(k, Group.IdxX);
        if (k.Output.HasBias != 0)
            sums.AddToColumns(k.Bias, firstColumn + column, k.Output.Channels);
        StoreMoments<TBlock, TWarp, TRows>(k, ref sums, shared.Cast<float>(), firstColumn, row, column, rows);
        if (k.Output.IsFloat != 0)
        {
            Conv3dTensorFloats<TRows> floats = new()
            {
                Output = k.Output,
                Voxels = voxels,
                Rows = rows,
                FirstColumn = firstColumn,
                Part = part * k.Output.PartElements,
            };
            sums.Visit(ref floats, row, column);
        }

        if (default(TElement).ByteLength == 2)
            StoreHalves<TBlock, TWarp, TElement, TRows>(k, ref sums, shared, voxels, rows, firstColumn, row, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ResultChunks<TBlock>()
        where TBlock : struct, IGpuBlockTile => default(TBlock).Rows * ((default(TBlock).Columns / 8) + 1);

    // Through shared memory, so that neighbouring threads store neighbouring chunks of 16 bytes. Rows are 4 words longer than their content: 8 rows of 4
    // words then lie in 32 different banks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalves<TBlock, TWarp, TElement, TRows>(
        in Conv3dTensorArguments k, ref TWarp sums, ArrayView<GpuWord4> shared, ArrayView<int> voxels, TRows rows, int firstColumn, int row, int column)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TRows : struct, IConv3dTensorTileRows
    {
        int chunksOfRow = default(TBlock).Columns / 8;
        int pitch = chunksOfRow + 1;
        Conv3dTensorHalves<TElement> halves = new() { Shared = shared.Cast<uint>(), Pitch = pitch * 4 };
        if (k.Output.IsFloat == 0)
            sums.Visit(ref halves, row, column);
        Group.Barrier();
        int chunks = k.Output.IsFloat == 0 ? rows.End * chunksOfRow : 0;
        for (int i = Group.IdxX; i < chunks; i += GpuBlock.Threads)
        {
            int r = i / chunksOfRow;
            int chunk = i % chunksOfRow;
            int channel = firstColumn + (chunk * 8);
            if (channel >= k.Output.Channels || !rows.Exists(r))
                continue;
            int element = (voxels[r] * k.Output.Pitch) + channel;
            GpuWord4 values = shared[(r * pitch) + chunk];
            if (k.Output.HasChunks != 0)
            {
                k.Output.Chunks[element / 8] = values;
                continue;
            }

            StorePair(k.Output, element, channel, values.X);
            StorePair(k.Output, element + 2, channel + 2, values.Y);
            StorePair(k.Output, element + 4, channel + 4, values.Z);
            StorePair(k.Output, element + 6, channel + 6, values.W);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(in Conv3dTensorOutput output, int element, int channel, uint pair)
    {
        if (channel < output.Channels)
            output.Halves[element] = (ushort)(pair & 0xFFFF);
        if (channel + 1 < output.Channels)
            output.Halves[element + 1] = (ushort)(pair >> 16);
    }

    // Of every block of voxels the mean first, then squared distances from it: stable whatever the mean. Each column's values are added up in the order of their rows. Barriers stand outside
    // of conditions, wanted or not: PoCL takes minutes to compile others.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreMoments<TBlock, TWarp, TRows>(
        in Conv3dTensorArguments k, ref TWarp sums, ArrayView<float> shared, int firstColumn, int row, int column, TRows rows)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TRows : struct, IConv3dTensorTileRows
    {
        int columns = default(TBlock).Columns;
        int blocks = default(TBlock).Rows / Conv3dTensorGpuStatistics.BlockRows;
        int own = XMath.Min(Group.IdxX, columns - 1);
        int means = default(TBlock).Rows / RowsOfSum * columns;
        bool isWanted = k.Output.HasMoments != 0;
        bool isOwner = isWanted && Group.IdxX < columns;
        Conv3dTensorSums<TRows> values = new() { Shared = shared, Rows = rows, Columns = columns };
        if (isWanted)
            sums.Visit(ref values, row, column);
        Group.Barrier();
        for (int block = 0; block < blocks; block++)
        {
            if (isOwner)
                shared[means + (block * columns) + own] = SumOf(shared, block, own, columns) / XMath.Max(rows.CountOf(block), 1);
        }

        Group.Barrier();
        Conv3dTensorSquares<TRows> squares = new() { Shared = shared, Rows = rows, Columns = columns, Means = means };
        if (isWanted)
            sums.Visit(ref squares, row, column);
        Group.Barrier();
        int firstBlock = rows.FirstBlock(k);
        int channel = firstColumn + own;
        for (int block = 0; block < blocks; block++)
        {
            int count = rows.CountOf(block);
            int moments = (2 * (firstBlock + block) * k.Output.Channels) + channel;
            if (isOwner && channel < k.Output.Channels && count > 0)
            {
                k.Output.Moments[moments] = shared[means + (block * columns) + own];
                k.Output.Moments[moments + k.Output.Channels] = SumOf(shared, block, own, columns);
            }

            // A last tile of voxels in their order may have a block less than its rows.
            if (isWanted && firstColumn + Group.IdxX == 0 && (count > 0 || rows.End == default(TBlock).Rows))
                k.Output.Counts[firstBlock + block] = count;
        }

        Group.Barrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOf(ArrayView<float> shared, int block, int column, int columns)
    {
        const int Rows = Conv3dTensorGpuStatistics.BlockRows / RowsOfSum;
        float sum = 0;
        for (int row = 0; row < Rows; row++)
            sum += shared[(((block * Rows) + row) * columns) + column];
        return sum;
    }
}

/// <summary>Stores float32 results where they belong.</summary>
internal struct Conv3dTensorFloats<TRows> : IGpuTileVisitor
    where TRows : struct, IConv3dTensorTileRows
{
    public Conv3dTensorOutput Output;

    /// <summary>Which voxel each row is.</summary>
    public ArrayView<int> Voxels;
    public TRows Rows;
    public int FirstColumn;
    public int Part;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        Store(row, FirstColumn + column, sum.A, sum.B);
        Store(row + 8, FirstColumn + column, sum.C, sum.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(int row, int channel, float left, float right)
    {
        int element = Part + (Voxels[row] * Output.Pitch) + channel;
        if (Rows.Exists(row) && channel < Output.Channels)
            Output.Floats[element] = left;
        if (Rows.Exists(row) && channel + 1 < Output.Channels)
            Output.Floats[element + 1] = right;
    }
}

/// <summary>Puts results of 16 bits into shared memory.</summary>
internal struct Conv3dTensorHalves<TElement> : IGpuTileVisitor
    where TElement : struct, IGpuElement
{
    public ArrayView<uint> Shared;
    public int Pitch;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        Shared[(row * Pitch) + (column / 2)] = default(TElement).Pack(sum.A, sum.B);
        Shared[((row + 8) * Pitch) + (column / 2)] = default(TElement).Pack(sum.C, sum.D);
    }
}

/// <summary>Puts results into shared memory, two rows added up; rows that do not exist count nothing.</summary>
internal struct Conv3dTensorSums<TRows> : IGpuTileVisitor
    where TRows : struct, IConv3dTensorTileRows
{
    public ArrayView<float> Shared;
    public TRows Rows;
    public int Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        int place = Conv3dTensorEpilogue.PlaceOfSum(row, column, Columns);
        Shared[place] = (Rows.Exists(row) ? sum.A : 0) + (Rows.Exists(row + 8) ? sum.C : 0);
        Shared[place + 1] = (Rows.Exists(row) ? sum.B : 0) + (Rows.Exists(row + 8) ? sum.D : 0);
    }
}

/// <summary>Likewise the squared distances from the means.</summary>
internal struct Conv3dTensorSquares<TRows> : IGpuTileVisitor
    where TRows : struct, IConv3dTensorTileRows
{
    public ArrayView<float> Shared;
    public TRows Rows;
    public int Columns;
    public int Means;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        int place = Conv3dTensorEpilogue.PlaceOfSum(row, column, Columns);
        // Both rows, row and row + 8, lie in one block of 64.
        int means = Means + (row / Conv3dTensorGpuStatistics.BlockRows * Columns) + column;
        float mean = Shared[means];
        float next = Shared[means + 1];
        Shared[place] = Square(row, sum.A - mean) + Square(row + 8, sum.C - mean);
        Shared[place + 1] = Square(row, sum.B - next) + Square(row + 8, sum.D - next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Square(int row, float distance) => Rows.Exists(row) ? distance * distance : 0;
}
