using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How a convolution is cut into groups of one tile, and what that costs. Made from shapes alone, for an H100's 132 multiprocessors, so that the bits do not
/// depend on the device. Nor do they depend on which tile of a family is taken: sums are split as the smallest tile would have them, and each is added up in the order of its steps by every tile.
/// </summary>
/// <param name="RowTiles">Tiles of all samples' voxels; none crosses from one sample to the next.</param>
/// <param name="ColumnTiles">Tiles of the output channels.</param>
/// <param name="Steps">Steps of the inner index.</param>
/// <param name="Parts">Parts into which the steps are split.</param>
/// <param name="StepsOfPart">Steps of every part but the last.</param>
/// <param name="Cost">Predicted time, in multiply-adds of one multiprocessor.</param>
internal sealed record Conv3dTensorTiling(int RowTiles, int ColumnTiles, int Steps, int Parts, int StepsOfPart, double Cost)
{
    /// <summary>Multiprocessors of an H100.</summary>
    public const int Multiprocessors = 132;

    // A part shorter than this spends its time on filling the ring and on storing partial sums.
    private const int FewestSteps = 16;
    private const int MostParts = 32;

    // The tile whose number of groups decides on parts, whichever tile is taken.
    private const int SplitRows = 64;
    private const int SplitColumns = 64;

    // Steps in whose time a group starts, fills the ring, and stores.
    private const int StepsOfOverhead = 6;

    // A step of single loads beside one of asynchronous copies.
    private const int StepsOfGather = 6;

    // Steps in whose time a slab of a box is copied, which nothing of its group overlaps.
    private const int StepsOfHalo = 4;

    // Of the time of a product of 128 x 128.
    private const double SlownessOfProducts = 0.5;

    /// <summary>The tiling.</summary>
    /// <param name="output">The output.</param>
    /// <param name="steps">Steps of the inner index.</param>
    /// <param name="tileRows">Rows of the tile.</param>
    /// <param name="tileColumns">Columns of the tile.</param>
    /// <param name="isGathered">Whether elements are loaded one by one; such sums are short and never split.</param>
    public static Conv3dTensorTiling Of(Shape output, long steps, int tileRows, int tileColumns, bool isGathered) =>
        Of(output, 1, steps, steps, tileRows, tileColumns, isGathered);

    /// <summary>The tiling of several convolutions of like outputs in one launch.</summary>
    /// <param name="output">The largest output.</param>
    /// <param name="phases">Number of convolutions.</param>
    /// <param name="steps">Steps of the longest inner index.</param>
    /// <param name="meanSteps">Mean of their steps.</param>
    /// <param name="tileRows">Rows of the tile.</param>
    /// <param name="tileColumns">Columns of the tile.</param>
    /// <param name="isGathered">Whether elements are loaded one by one.</param>
    public static Conv3dTensorTiling Of(Shape output, int phases, long steps, double meanSteps, int tileRows, int tileColumns, bool isGathered)
    {
        int rowTiles = checked((int)(output.N * ((output.Voxels + tileRows - 1) / tileRows)));
        int columnTiles = (output.C + tileColumns - 1) / tileColumns;
        long groups = (long)phases * rowTiles * columnTiles;
        long smallGroups = phases * output.N * ((output.Voxels + SplitRows - 1) / SplitRows) * ((output.C + SplitColumns - 1) / SplitColumns);
        long parts = isGathered ? 1 : Math.Clamp(Multiprocessors / smallGroups, 1, Math.Max(1, Math.Min(MostParts, steps / FewestSteps)));
        long stepsOfPart = (steps + parts - 1) / parts;
        parts = (steps + stepsOfPart - 1) / stepsOfPart;
        double rounds = Math.Ceiling(groups * parts / (double)Multiprocessors);
        double stepsOfGroup = (stepsOfPart * (meanSteps / steps) * (isGathered ? StepsOfGather : 1)) + StepsOfOverhead;
        return new Conv3dTensorTiling(
            rowTiles, columnTiles, checked((int)steps), (int)parts, (int)stepsOfPart, rounds * stepsOfGroup * tileRows * tileColumns * SlownessOf(tileRows, tileColumns));
    }

    /// <summary>
    /// The tiling by boxes of voxels, whose sums are never split. Per step a tile of rows moves its rows and columns twice, out of the first-level cache and into shared memory, and its warps' rows and columns from there; a box moves
    /// its columns alone twice.
    /// </summary>
    /// <param name="boxes">Boxes of all samples.</param>
    /// <param name="outputChannels">Output channels.</param>
    /// <param name="stepsOfSlab">Steps of 64 bytes of the inner index in a slab.</param>
    /// <param name="slabs">Slabs of the source's channels.</param>
    /// <param name="tileRows">Rows of the tile.</param>
    /// <param name="tileColumns">Columns of the tile.</param>
    /// <param name="warpLines">Rows and columns of a warp, together.</param>
    public static Conv3dTensorTiling OfBoxes(long boxes, int outputChannels, double stepsOfSlab, long slabs, int tileRows, int tileColumns, int warpLines)
    {
        int columnTiles = (outputChannels + tileColumns - 1) / tileColumns;
        int steps = checked((int)Math.Ceiling(stepsOfSlab * slabs));
        double rounds = Math.Ceiling(boxes * columnTiles / (double)Multiprocessors);
        double stepsOfGroup = ((stepsOfSlab + StepsOfHalo) * slabs) + StepsOfOverhead;
        int loaded = GpuBlock.Threads / GpuTensorCore.WarpSize * warpLines;
        double moved = (double)((2 * tileColumns) + loaded) / ((2 * (tileRows + tileColumns)) + loaded);
        double slowness = (moved * LoadsOf(tileRows, tileColumns)) + SlownessOfProducts;
        return new Conv3dTensorTiling(checked((int)boxes), columnTiles, steps, 1, steps, rounds * stepsOfGroup * tileRows * tileColumns * slowness);
    }

    /// <summary>The time of a product: what is loaded for it, and the product.</summary>
    public static double SlownessOf(int tileRows, int tileColumns) => LoadsOf(tileRows, tileColumns) + SlownessOfProducts;

    // A tile's two sides over its area: half of the time of 128 x 128.
    private static double LoadsOf(int tileRows, int tileColumns) => 32.0 * (tileRows + tileColumns) / (tileRows * tileColumns);
}
