using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How the strided data gradient is cut up; depends on the shapes only. A tile is some rows of one slice of g, the source's grid divided by the stride, or
/// several whole slices where they are small, so that weights once read serve many positions; it reads a panel of the output's gradient, [row z][row y][oc][column], zero outside of it.
/// </summary>
internal sealed class DataGradientTiling
{
    private const int TilePositions = 256;
    private const int MostItems = 64;

    public DataGradientTiling(Conv3dDataGradientOp op, TensorDesc dy, TensorDesc dx, int segmentLength, int blockLanes)
    {
        Phases = new DataGradientPhases(op.Kernel, op.Stride);
        OutputChannels = dy.Shape.C;
        Grid = Int3.From(axis => ((op.Size[axis] - 1) / op.Stride[axis]) + 1);
        ColumnSegments = ((Grid.W - 1) / segmentLength) + 1;
        RowsPerTile = Math.Min(Grid.H, Math.Max(1, TilePositions / Grid.W));
        RowTiles = ((Grid.H - 1) / RowsPerTile) + 1;
        SlicesPerTile = Math.Clamp(TilePositions / (Grid.W * Grid.H), 1, Grid.D);
        SliceTiles = ((Grid.D - 1) / SlicesPerTile) + 1;
        Tiles = dx.Shape.N * SliceTiles * RowTiles;
        Blocks = ((dx.Shape.C - 1) / blockLanes) + 1;
        Groups = Math.Clamp(MostItems / Tiles, 1, Blocks);
        // Whole groups of four columns, and what the segments and the taps read behind the last one.
        Slots = ((ColumnSegments * segmentLength) + Phases.Before.W + Phases.After.W + 3) / 4 * 4;
        PanelRows = RowsPerTile + Phases.Before.H + Phases.After.H;
        PanelElements = (long)(SlicesPerTile + Phases.Before.D + Phases.After.D) * PanelRows * OutputChannels * Slots;
    }

    public DataGradientPhases Phases { get; }

    /// <summary>Size (z, y, x) of g.</summary>
    public Int3 Grid { get; }

    public int OutputChannels { get; }

    /// <summary>Segments of a row.</summary>
    public int ColumnSegments { get; }

    public int RowsPerTile { get; }

    /// <summary>Slices of a tile; more than one only where a tile has all rows.</summary>
    public int SlicesPerTile { get; }

    public int SliceTiles { get; }

    public int RowTiles { get; }

    public int Tiles { get; }

    /// <summary>Blocks of input channels.</summary>
    public int Blocks { get; }

    /// <summary>Groups of blocks; each gathers the panel for itself.</summary>
    public int Groups { get; }

    /// <summary>Columns of a panel row.</summary>
    public int Slots { get; }

    /// <summary>Rows y of a panel.</summary>
    public int PanelRows { get; }

    public long PanelElements { get; }

    /// <summary>Offset in the panel of a row (z, y) and column relative to the tile's first position.</summary>
    public int PanelOffset(Int3 at) =>
        (int)((((long)(at.D + Phases.Before.D) * PanelRows) + at.H + Phases.Before.H) * OutputChannels * Slots) + at.W + Phases.Before.W;

    /// <summary>First block of a group; of the number of groups the number of blocks.</summary>
    public int FirstBlock(int group) => Blocks * group / Groups;
}
