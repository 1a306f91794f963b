using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How a problem is cut for <see cref="Conv3dWinograd{TIsa, V, TProduct}"/>, from its shapes alone. The outputs of a sample are covered by tiles. A
/// chunk is a run of tiles that are neighbours in the order (d, h, w); a round transforms, multiplies and transforms back some chunks. With few
/// weights a round is one chunk and stays in the caches of one worker; with many, all workers share the points of a long round, so that the weights
/// are read seldom.
/// </summary>
internal sealed class Conv3dWinogradTiling
{
    /// <summary>Tiles that one call of the matrix product takes.</summary>
    public const int RowsPerProduct = 8;

    // Tiles of a chunk: enough for the matrix product to read its weights seldom, few enough for their points to stay in the L2 cache.
    private const int MaxChunkTiles = 24;

    // Input channels that one worker transforms at a time; sums of earlier channels wait in the products.
    private const int MaxPassChannels = 64;

    // Transformed weights up to this size are read again for every chunk, from the L3 cache.
    private const long MaxChunkwiseWeightBytes = 8 << 20;

    // Points of a shared round: they stay in the L3 cache.
    private const long MaxRoundBytes = 16 << 20;

    // The same where every round transforms the weights anew.
    private const long MaxLateRoundBytes = 128 << 20;

    // Weights that one worker transforms at a time: they stay in the L2 cache.
    private const int MaxSlabBytes = 960 << 10;

    // Chunks below which workers would be short of work of their own.
    private const int MinChunks = 16;

    public Conv3dWinogradTiling(Conv3dOp op, ReadOnlySpan<TensorDesc> operands, Int3 tile, int lanes, int blockLanes, bool transformsWeights)
    {
        TransformsWeights = transformsWeights;
        Op = op;
        Tile = tile;
        Lanes = lanes;
        BlockLanes = blockLanes;
        Input = op.VirtualSize(operands[0].Shape.Size);
        Output = operands[^1].Shape;
        Points = Int3.From(axis => WinogradFilter.PointsOf(tile[axis]));
        PointCount = (int)Points.Product;
        Grid = Int3.From(axis => Conv3dDirectTiling.Blocks(Output.Size[axis], tile[axis]));
        SampleTiles = checked((int)Grid.Product);
        ChunkTiles = Math.Min(MaxChunkTiles, Conv3dDirectTiling.RoundUp(SampleTiles, RowsPerProduct));
        ChunksPerSample = Conv3dDirectTiling.Blocks(SampleTiles, ChunkTiles);
        Chunks = Output.N * ChunksPerSample;
        FirstChannels = operands[0].Shape.C;
        SecondChannels = op.Sources == 2 ? operands[1].Shape.C : 0;
        FirstGroups = Conv3dDirectTiling.Blocks(FirstChannels, lanes);
        Groups = FirstGroups + (SecondChannels > 0 ? Conv3dDirectTiling.Blocks(SecondChannels, lanes) : 0);
        OutputGroups = Conv3dDirectTiling.Blocks(Output.C, lanes);
        long weightBytes = WinogradWeightPacking.ByteLengthOf(tile, lanes, operands[op.WeightOperand].Shape);
        IsShared = transformsWeights || weightBytes > MaxChunkwiseWeightBytes || Chunks < MinChunks;
        GroupsPerPass = IsShared ? Groups : Math.Min(Groups, MaxPassChannels / lanes);
        long chunkBytes = PointCount * (long)(Groups + OutputGroups) * ChunkTiles * lanes * sizeof(float);
        ChunksPerRound = IsShared ? (int)Math.Clamp((transformsWeights ? MaxLateRoundBytes : MaxRoundBytes) / chunkBytes, 1, Chunks) : 1;
        SlabGroups = (int)Math.Clamp(MaxSlabBytes / (PointCount * (long)lanes * blockLanes * sizeof(float)), 1, Groups);
        Slots = ChunksPerRound * ChunkTiles;
        InputPointStride = CacheLine.OddLines(GroupsPerPass * Slots * lanes);
        ProductPointStride = CacheLine.OddLines(OutputGroups * Slots * lanes);
        SlabPointStride = CacheLine.OddLines(SlabGroups * lanes * blockLanes);
    }

    public Conv3dOp Op { get; }

    /// <summary>Outputs of a tile (z, y, x).</summary>
    public Int3 Tile { get; }

    /// <summary>Lanes of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Output channels of a block of packed weights.</summary>
    public int BlockLanes { get; }

    /// <summary>Size of the source as the convolution sees it.</summary>
    public Int3 Input { get; }

    public Shape Output { get; }

    /// <summary>Points of a tile (z, y, x).</summary>
    public Int3 Points { get; }

    public int PointCount { get; }

    /// <summary>Tiles along (z, y, x) of a sample.</summary>
    public Int3 Grid { get; }

    public int SampleTiles { get; }

    /// <summary>Tiles of a chunk; the last of a sample may have fewer.</summary>
    public int ChunkTiles { get; }

    public int ChunksPerSample { get; }

    /// <summary>Chunks of all samples.</summary>
    public int Chunks { get; }

    /// <summary>Whether all workers work on one round together; otherwise every worker has rounds of its own.</summary>
    public bool IsShared { get; }

    public int ChunksPerRound { get; }

    /// <summary>Whether weights are kept as they are and transformed in every run, slab by slab.</summary>
    public bool TransformsWeights { get; }

    /// <summary>Vectors of input channels whose weights for one block of output channels are transformed at a time.</summary>
    public int SlabGroups { get; }

    /// <summary>Elements of a transformed slab, [point][ic][lane].</summary>
    public int SlabElements => TransformsWeights ? PointCount * SlabPointStride : 0;

    /// <summary>Elements of a slab from point to point, an odd number of cache lines.</summary>
    public int SlabPointStride { get; }

    public int FirstChannels { get; }

    public int SecondChannels { get; }

    public int InputChannels => FirstChannels + SecondChannels;

    /// <summary>Vectors of the first source's channels.</summary>
    public int FirstGroups { get; }

    /// <summary>Vectors of all input channels; a vector never holds channels of two sources.</summary>
    public int Groups { get; }

    /// <summary>Vectors of input channels that are transformed and multiplied at a time.</summary>
    public int GroupsPerPass { get; }

    /// <summary>Vectors of output channels.</summary>
    public int OutputGroups { get; }

    /// <summary>Places for tiles in a round.</summary>
    public int Slots { get; }

    /// <summary>Columns that the longest run of neighbouring tiles of a chunk reads.</summary>
    public int StripColumns => ((Math.Min(ChunkTiles, Grid.W) - 1) * Tile.W) + Points.W;

    /// <summary>
    /// Elements of the transformed inputs from point to point, [group][slot][lane] within; an odd number of cache lines, so that the points of one
    /// tile do not share a few sets of the caches.
    /// </summary>
    public int InputPointStride { get; }

    /// <summary>Elements of the products from point to point, [output group][slot][lane] within.</summary>
    public int ProductPointStride { get; }

    /// <summary>Tiles of a chunk.</summary>
    public int TilesOf(int chunk) => Math.Min(ChunkTiles, SampleTiles - (chunk % ChunksPerSample * ChunkTiles));

    /// <summary>Sample of a chunk.</summary>
    public int SampleOf(int chunk) => chunk / ChunksPerSample;

    /// <summary>Position in the grid of a tile of a chunk.</summary>
    public Int3 PositionOf(int chunk, int tile)
    {
        int index = (chunk % ChunksPerSample * ChunkTiles) + tile;
        return new Int3(index / Grid.W / Grid.H, index / Grid.W % Grid.H, index % Grid.W);
    }

    /// <summary>Voxels of the output that a tile covers (z, y, x).</summary>
    public Int3 ExtentOf(Int3 position) => new(
        Math.Min(Tile.D, Output.D - (position.D * Tile.D)),
        Math.Min(Tile.H, Output.H - (position.H * Tile.H)),
        Math.Min(Tile.W, Output.W - (position.W * Tile.W)));

    /// <summary>Voxels of the output that a chunk covers.</summary>
    public int VoxelsOf(int chunk)
    {
        long voxels = 0;
        for (int tile = 0; tile < TilesOf(chunk); tile++)
            voxels += ExtentOf(PositionOf(chunk, tile)).Product;
        return (int)voxels;
    }

    /// <summary>Real channels of a vector of input channels.</summary>
    public int ChannelsOf(int group) => group < FirstGroups
        ? Math.Min(Lanes, FirstChannels - (group * Lanes))
        : Math.Min(Lanes, SecondChannels - ((group - FirstGroups) * Lanes));

    /// <summary>Real input channels before a vector of them.</summary>
    public int ChannelsBefore(int group) => group < FirstGroups ? group * Lanes : FirstChannels + ((group - FirstGroups) * Lanes);
}
