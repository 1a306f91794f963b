using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// The formula of <see cref="HeadAccumulateGpu{TTensor}"/> with the logits as a matrix product: rows are window voxels, columns classes, the inner index the channels in steps of
/// 64 bytes. Source [voxels, channels], weight [step, class, 64 bytes] as <see cref="Conv3dTensorGpuPacking"/> packs it, accumulator ring [D, H, W, channels].
/// One group owns 64 voxels and all of their sums. It takes 64 classes a turn, whose logits lie in shared memory and nowhere else: once to find every voxel's maximum and sum of
/// exponentials (two threads a voxel, 32 classes each, carried along from turn to turn and put together in order), then again, multiplied anew, to add the probabilities, neighbouring threads
/// to neighbouring classes. Without softmax the first round is left out. Voxels, classes and channels past the last are zeros and are not added.
/// Every barrier is met by all threads in every turn.
/// </summary>
internal static class HeadAccumulateTensorGpuBody
{
    /// <summary>Voxels of a group.</summary>
    public const int Rows = 64;

    /// <summary>Classes of a turn.</summary>
    public const int Columns = 64;

    private const int WarpsAcross = 2;
    private const int Parts = GpuBlock.Threads / Rows;
    private const int ColumnsOfPart = Columns / Parts;

    // One more than the columns: rows of one column then lie in different banks.
    private const int LogitPitch = Columns + 1;

    /// <summary>The kernel body.</summary>
    public static void Accumulate<TWarp, TElement, TLoads>(HeadAccumulateTensorArguments k)
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
    {
        ArrayView<GpuWord4> operands = SharedMemory.Allocate<GpuWord4>((Rows + Columns) * GpuTileMemory.RowChunks);
        ArrayView<float> logits = SharedMemory.Allocate<float>(Rows * LogitPitch);
        ArrayView<float> partMax = SharedMemory.Allocate<float>(GpuBlock.Threads);
        ArrayView<float> partTotal = SharedMemory.Allocate<float>(GpuBlock.Threads);
        ArrayView<float> rowMax = SharedMemory.Allocate<float>(Rows);
        ArrayView<float> rowFactor = SharedMemory.Allocate<float>(Rows);
        ArrayView<float> rowWeight = SharedMemory.Allocate<float>(Rows);
        ArrayView<long> rowSums = SharedMemory.Allocate<long>(Rows);
        int thread = Group.IdxX;
        int firstVoxel = Grid.IdxX * Rows;
        int rows = XMath.Min(Rows, k.Voxels - firstVoxel);
        if (thread < rows)
            BeginRow(k, firstVoxel + thread, thread, rowWeight, rowSums);

        float max = float.MinValue;
        float total = 0;
        for (int turn = k.Softmax != 0 ? 0 : k.Tiles; turn < 2 * k.Tiles; turn++)
        {
            int firstClass = turn % k.Tiles * Columns;
            Multiply<TWarp, TElement, TLoads>(k, operands, logits, firstVoxel, firstClass);
            Group.Barrier();
            int columns = XMath.Min(Columns, k.Classes - firstClass);
            if (turn < k.Tiles)
                Measure(logits, columns, ref max, ref total);
            partMax[thread] = max;
            partTotal[thread] = total;
            Group.Barrier();
            if (thread < Rows)
                Join(k.Softmax != 0, thread, partMax, partTotal, rowWeight, rowMax, rowFactor);
            Group.Barrier();
            if (turn >= k.Tiles)
                Add(k, logits, rows, firstClass, columns, rowMax, rowFactor, rowSums);
        }
    }

    // The weight of a voxel and the place of its sums; its weight is added already.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BeginRow(in HeadAccumulateTensorArguments k, int voxel, int row, ArrayView<float> rowWeight, ArrayView<long> rowSums)
    {
        GpuInt3 at = k.Window.Unflipped(voxel);
        long sums = k.Window.SumIndex(at);
        float weight = k.Window.Weight * k.Importance[k.Window.Patch.VoxelAt(at.D, at.H, at.W)];
        k.Window.Data[sums + k.Classes] += weight;
        rowWeight[row] = weight;
        rowSums[row] = sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TWarp, TElement, TLoads>(in HeadAccumulateTensorArguments k, ArrayView<GpuWord4> operands, ArrayView<float> logits, int firstVoxel, int firstClass)
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
    {
        TWarp sums = default;
        int warp = Group.IdxX / GpuTensorCore.WarpSize;
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int firstRow = warp / WarpsAcross * sums.Rows;
        int firstColumn = warp % WarpsAcross * sums.Columns;
        int left = default(TLoads).LeftWord(firstRow);
        int right = default(TLoads).RightWord(Rows + firstColumn);
        ArrayView<uint> words = operands.Cast<uint>();
        for (int step = 0; step < k.Steps; step++)
        {
            Copy<TElement>(k, operands, firstVoxel, firstClass, step);
            GpuTensorCore.CommitCopies();
            GpuTensorCore.WaitForCopies(0);
            Group.Barrier();
            GpuTileRing.MultiplyStage<TWarp, TLoads>(ref sums, words, left, right);
            Group.Barrier();
        }

        int column = firstColumn + (lane % 4 * 2);
        sums.AddToColumns(k.Bias, firstClass + column, k.Classes);
        HeadLogits stored = new() { Logits = logits, Pitch = LogitPitch };
        sums.Visit(ref stored, firstRow + (lane / 4), column);
    }

    // Four threads a row: 64 bytes of a voxel's channels, then of a class's weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TElement>(in HeadAccumulateTensorArguments k, ArrayView<GpuWord4> operands, int firstVoxel, int firstClass, int step)
        where TElement : struct, IGpuElement
    {
        int elementBytes = default(TElement).ByteLength;
        int channelsOfChunk = GpuWord4.ByteLength / elementBytes;
        int chunk = Group.IdxX % GpuTileMemory.RowChunks;
        int channel = ((step * GpuTileMemory.RowChunks) + chunk) * channelsOfChunk;
        int channelBytes = XMath.Clamp((k.Channels - channel) * elementBytes, 0, GpuWord4.ByteLength);
        for (int row = Group.IdxX / GpuTileMemory.RowChunks; row < Rows; row += GpuBlock.RowsAtOnce)
        {
            int voxel = firstVoxel + row;
            int bytes = voxel < k.Voxels ? channelBytes : 0;
            GpuTensorCore.CopyAsync(operands, GpuTileMemory.PlaceOf(row, chunk), k.X, bytes > 0 ? ((voxel * k.Pitch) + channel) / channelsOfChunk : 0, bytes);
        }

        for (int row = Group.IdxX / GpuTileMemory.RowChunks; row < Columns; row += GpuBlock.RowsAtOnce)
        {
            int label = firstClass + row;
            int bytes = label < k.Classes ? GpuWord4.ByteLength : 0;
            GpuTensorCore.CopyAsync(
                operands, GpuTileMemory.PlaceOf(Rows + row, chunk), k.Weight, bytes > 0 ? (((step * k.Classes) + label) * GpuTileMemory.RowChunks) + chunk : 0, bytes);
        }
    }

    // This thread's classes of its voxel: their maximum, and the sum of exponentials relative to it, joined with those of earlier turns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Measure(ArrayView<float> logits, int columns, ref float max, ref float total)
    {
        int row = Group.IdxX / Parts * LogitPitch;
        int first = Group.IdxX % Parts * ColumnsOfPart;
        int end = XMath.Min(first + ColumnsOfPart, columns);
        float next = max;
        for (int column = first; column < end; column++)
            next = XMath.Max(next, logits[row + column]);
        float sum = total * XMath.Exp(max - next);
        for (int column = first; column < end; column++)
            sum += XMath.Exp(logits[row + column] - next);
        max = next;
        total = sum;
    }

    // A part without a class has the least maximum and no sum: it adds nothing. The factor is what exponentials are multiplied by: the voxel's weight over their sum, divided once and not for every class.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(
        bool isSoftmax, int row, ArrayView<float> partMax, ArrayView<float> partTotal, ArrayView<float> rowWeight, ArrayView<float> rowMax, ArrayView<float> rowFactor)
    {
        int first = row * Parts;
        float max = partMax[first];
        for (int part = 1; part < Parts; part++)
            max = XMath.Max(max, partMax[first + part]);
        float total = 0;
        for (int part = 0; part < Parts; part++)
            total += partTotal[first + part] * XMath.Exp(partMax[first + part] - max);
        rowMax[row] = max;
        rowFactor[row] = isSoftmax ? rowWeight[row] / total : rowWeight[row];
    }

    // A thread adds to one class of every second voxel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        in HeadAccumulateTensorArguments k, ArrayView<float> logits, int rows, int firstClass, int columns,
        ArrayView<float> rowMax, ArrayView<float> rowFactor, ArrayView<long> rowSums)
    {
        int column = Group.IdxX % Columns;
        int end = column < columns ? rows : 0;
        for (int row = Group.IdxX / Columns; row < end; row += GpuBlock.Threads / Columns)
        {
            float value = logits[(row * LogitPitch) + column];
            if (k.Softmax != 0)
                value = XMath.Exp(value - rowMax[row]);
            k.Window.Data[rowSums[row] + firstClass + column] += rowFactor[row] * value;
        }
    }
}

/// <summary>Puts logits into shared memory.</summary>
internal struct HeadLogits : IGpuTileVisitor
{
    public ArrayView<float> Logits;
    public int Pitch;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit(int row, int column, GpuAccumulator sum)
    {
        Logits[(row * Pitch) + column] = sum.A;
        Logits[(row * Pitch) + column + 1] = sum.B;
        Logits[((row + 8) * Pitch) + column] = sum.C;
        Logits[((row + 8) * Pitch) + column + 1] = sum.D;
    }
}
