using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How a problem is cut for <see cref="Conv3dDirect{TMicroKernel, TIsa, V}"/>, from its shapes alone, so that neither the bits nor the workspace depend on
/// the machine's load. One piece of work is a box of TileD x TileH x TileW outputs of one sample times a group of output channel blocks.
/// </summary>
internal sealed class Conv3dDirectTiling
{
    // Products that one pass over a tile adds up: enough that loading and storing partial sums costs nothing, few enough that the weights of one
    // pass (110 KiB with 32 lanes) stay in the L2 cache beside the panel.
    private const int ProductsPerPass = 864;
    private const int MaxChannelBlock = 512;
    private const int MaxTileColumns = 64;
    private const int MaxTilePositions = 8192;
    private const int MaxPanelElements = 128 * 1024;

    // Pieces to aim at, so that many threads share the work evenly.
    private const int WantedPieces = 32;

    public Conv3dDirectTiling(Conv3dOp op, ReadOnlySpan<TensorDesc> operands, int segmentLength, int blockLanes, int lastBlockLanes)
    {
        Op = op;
        Input = op.VirtualSize(operands[0].Shape.Size);
        Output = operands[^1].Shape;
        InputChannels = operands[op.WeightOperand].Shape.C;
        SegmentLength = segmentLength;
        BlockLanes = blockLanes;
        LastBlockLanes = lastBlockLanes;
        OutputBlocks = Blocks(Output.C, blockLanes);
        ChannelBlock = ChannelBlockOf(InputChannels, op.Kernel);

        Phases = Math.Min(op.Stride.W, op.Kernel.W);
        TileW = RoundUp(Even(Output.W, MaxTileColumns), segmentLength);
        int slots = TileW + ((op.Kernel.W - 1) / op.Stride.W);
        GatheredSlots = RoundUp(slots, 4);
        // An odd multiple of 4 elements: with a power of two the channels of one column would share a few sets of the L1 cache.
        RowSlots = GatheredSlots % 8 == 0 ? GatheredSlots + 4 : GatheredSlots;
        ChooseRows();
        int tiles = Output.N * Blocks(Output.D, TileD) * Blocks(Output.H, TileH) * Blocks(Output.W, TileW);
        int groups = Math.Min(OutputBlocks, Blocks(WantedPieces, tiles));
        BlocksPerGroup = Blocks(OutputBlocks, groups);
        Groups = Blocks(OutputBlocks, BlocksPerGroup);
        Tiles = tiles;
    }

    public Conv3dOp Op { get; }

    /// <summary>Size of the source as the convolution sees it.</summary>
    public Int3 Input { get; }

    public Shape Output { get; }

    public int InputChannels { get; }

    public int SegmentLength { get; }

    public int BlockLanes { get; }

    public int LastBlockLanes { get; }

    /// <summary>Blocks of output channels.</summary>
    public int OutputBlocks { get; }

    /// <summary>Input channels gathered and added at a time.</summary>
    public int ChannelBlock { get; }

    public int TileD { get; private set; } = 1;

    public int TileH { get; private set; } = 1;

    /// <summary>Output columns of a tile, a multiple of the segment length.</summary>
    public int TileW { get; }

    /// <summary>Input columns are split by column modulo the stride, so that outputs side by side read inputs side by side.</summary>
    public int Phases { get; }

    /// <summary>Columns of one phase of a panel row that are filled.</summary>
    public int GatheredSlots { get; }

    /// <summary>Elements of one phase of a panel row.</summary>
    public int RowSlots { get; }

    /// <summary>Panel elements from one channel to the next.</summary>
    public int ChannelStride => Phases * RowSlots;

    /// <summary>Panel elements from one row to the next.</summary>
    public int RowStride => ChannelBlock * ChannelStride;

    /// <summary>Panel rows along z.</summary>
    public int PanelD => Extent(TileD, Op.Stride.D, Op.Kernel.D);

    /// <summary>Panel rows along y.</summary>
    public int PanelH => Extent(TileH, Op.Stride.H, Op.Kernel.H);

    public int PanelElements => PanelD * PanelH * RowStride;

    public int Segments => TileD * TileH * (TileW / SegmentLength);

    public int BlocksPerGroup { get; }

    public int Groups { get; }

    /// <summary>Boxes of outputs, all samples together.</summary>
    public int Tiles { get; }

    /// <summary>Input channels of one pass; depends on the weight only, so that plans of any patch size share packed weights.</summary>
    public static int ChannelBlockOf(int channels, Int3 kernel)
    {
        int most = Math.Clamp((int)(ProductsPerPass / kernel.Product), 8, MaxChannelBlock);
        return Math.Min(channels, RoundUp(Even(channels, most), 8));
    }

    /// <summary>Input positions that <paramref name="outputs"/> neighbouring outputs cover along one axis.</summary>
    public static int Extent(int outputs, int stride, int kernel) => ((outputs - 1) * stride) + kernel;

    /// <summary>Parts of at most <paramref name="size"/> that cover <paramref name="count"/>.</summary>
    public static int Blocks(int count, int size) => ((count - 1) / size) + 1;

    // The largest of equal parts that are at most `most` long.
    private static int Even(int count, int most) => Blocks(count, Blocks(count, most));

    /// <summary>The least multiple of <paramref name="unit"/> that is not below <paramref name="count"/>.</summary>
    public static int RoundUp(int count, int unit) => Blocks(count, unit) * unit;

    // Grows the box by doubling z and y in turn: a fat box reads the least halo. Bounded by the panel (L2 cache) and by the wish for enough pieces.
    private void ChooseRows()
    {
        long positions = Output.N * Output.Voxels * OutputBlocks / WantedPieces;
        long most = Math.Clamp(positions, 3 * SegmentLength, MaxTilePositions);
        while (true)
        {
            int deeper = Math.Min(TileD * 2, Output.D);
            int higher = Math.Min(TileH * 2, Output.H);
            if (TileH <= TileD && Fits(TileD, higher, most))
                TileH = higher;
            else if (Fits(deeper, TileH, most))
                TileD = deeper;
            else if (Fits(TileD, higher, most))
                TileH = higher;
            else
                break;
        }

        TileD = Even(Output.D, TileD);
        TileH = Even(Output.H, TileH);
    }

    private bool Fits(int tileD, int tileH, long mostPositions)
    {
        bool grows = tileD > TileD || tileH > TileH;
        long rows = (long)Extent(tileD, Op.Stride.D, Op.Kernel.D) * Extent(tileH, Op.Stride.H, Op.Kernel.H);
        return grows && (long)tileD * tileH * TileW <= mostPositions && rows * RowStride <= MaxPanelElements;
    }
}
