using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// How a weight gradient is cut into groups of one tile and one part of the voxels, and what that costs. Made from shapes alone, for an H100's 132
/// multiprocessors, so that the bits do not depend on the device. Nor do they depend on the tile: sums are split as one of the tiles would have them, and each is
/// added up in the order of its steps by every tile.
/// </summary>
/// <param name="Rows">Rows of the result: taps by source channels, those of a tap filled up to chunks of 16 bytes where they are copied.</param>
/// <param name="RowTiles">Tiles of the rows.</param>
/// <param name="ColumnTiles">Tiles of the output channels.</param>
/// <param name="Steps">Steps of the voxels.</param>
/// <param name="Parts">Parts into which the steps are split.</param>
/// <param name="StepsOfPart">Steps of every part but the last.</param>
/// <param name="Cost">Predicted time, in multiply-adds of one multiprocessor.</param>
internal sealed record Conv3dTensorWeightTiling(int Rows, int RowTiles, int ColumnTiles, int Steps, int Parts, int StepsOfPart, double Cost)
{
    /// <summary>Rows of the result, and columns, that share a piece of shared memory.</summary>
    public const int ChannelsOfPiece = 32;

    // Two rounds over the multiprocessors: the more parts, the more partial sums.
    private const int GroupsWanted = 2 * Conv3dTensorTiling.Multiprocessors;

    // The tile whose number of groups decides on parts, whichever tile is taken: one of middling size, so that neither the largest has half a round nor the smallest many.
    private const int SplitRows = 128;
    private const int SplitColumns = 64;

    // A part shorter than this spends its time on filling the ring and on storing partial sums.
    private const int FewestSteps = 16;

    // Longer float32 sums, of which tensor cores cut off what they cannot hold, would lose more than the operands' rounding costs.
    private const int MostVoxels = 65_536;

    // Steps in whose time a group starts, fills the ring, and stores.
    private const int StepsOfOverhead = 8;

    // A step of single loads beside one of asynchronous copies.
    private const int StepsOfGather = 2;

    // Multiply-adds of a multiprocessor in whose time one partial sum is read again.
    private const double PartialSum = 8;

    /// <summary>Voxels of one step: 64 bytes of the inner index, as in the forward pass.</summary>
    /// <param name="elementBytes">Bytes of an element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int VoxelsOfStep(int elementBytes) => GpuTileMemory.RowBytes / elementBytes;

    /// <summary>Channels of a chunk of 16 bytes.</summary>
    /// <param name="elementBytes">Bytes of an element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ChannelsOfChunk(int elementBytes) => GpuWord4.ByteLength / elementBytes;

    /// <summary>The tiling.</summary>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="outputChannels">Its columns.</param>
    /// <param name="voxels">Output voxels of all samples.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="tileRows">Rows of the tile.</param>
    /// <param name="tileColumns">Columns of the tile.</param>
    /// <param name="isGathered">Whether elements are loaded one by one.</param>
    public static Conv3dTensorWeightTiling Of(int rows, int outputChannels, long voxels, int elementBytes, int tileRows, int tileColumns, bool isGathered)
    {
        int rowTiles = (rows + tileRows - 1) / tileRows;
        int columnTiles = (outputChannels + tileColumns - 1) / tileColumns;
        long groups = (long)rowTiles * columnTiles;
        int voxelsOfStep = VoxelsOfStep(elementBytes);
        int mostSteps = MostVoxels / voxelsOfStep;
        long steps = (voxels + voxelsOfStep - 1) / voxelsOfStep;
        long fewest = (steps + mostSteps - 1) / mostSteps;
        long splitGroups = (long)((rows + SplitRows - 1) / SplitRows) * ((outputChannels + SplitColumns - 1) / SplitColumns);
        long parts = Math.Max(fewest, Math.Min(GroupsWanted / splitGroups, steps / FewestSteps));
        long stepsOfPart = (steps + parts - 1) / parts;
        parts = (steps + stepsOfPart - 1) / stepsOfPart;
        double rounds = Math.Ceiling(groups * parts / (double)Conv3dTensorTiling.Multiprocessors);
        double stepsOfGroup = (stepsOfPart * (isGathered ? StepsOfGather : 1)) + StepsOfOverhead;
        double products = rounds * stepsOfGroup * tileRows * tileColumns * Conv3dTensorTiling.SlownessOf(tileRows, tileColumns);
        double sums = (double)parts * rows * outputChannels * PartialSum / Conv3dTensorTiling.Multiprocessors;
        return new Conv3dTensorWeightTiling(rows, rowTiles, columnTiles, checked((int)steps), (int)parts, (int)stepsOfPart, products + sums);
    }

    /// <summary>Rows of the result.</summary>
    /// <param name="taps">Taps.</param>
    /// <param name="firstChannels">Channels of the first source.</param>
    /// <param name="secondChannels">Channels of the second source, 0 for none.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="isGathered">Whether elements are loaded one by one.</param>
    public static int RowsOf(long taps, int firstChannels, int secondChannels, int elementBytes, bool isGathered) => checked((int)(taps * (isGathered
        ? firstChannels + secondChannels
        : (ChunksOf(firstChannels, elementBytes) + ChunksOf(secondChannels, elementBytes)) * ChannelsOfChunk(elementBytes))));

    /// <summary>Chunks of a number of channels.</summary>
    /// <param name="channels">The number.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ChunksOf(int channels, int elementBytes) => (channels + ChannelsOfChunk(elementBytes) - 1) / ChannelsOfChunk(elementBytes);
}
