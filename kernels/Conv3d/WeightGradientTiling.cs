using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How the weight gradient is cut up; depends on the shapes only. The output's slices (n, d) fall into pieces, output channels into blocks of one or two
/// vectors, the sources' channels into blocks of eight. A source of few channels counts every pair of tap and channel as a channel instead, of one tap.
/// </summary>
internal sealed class WeightGradientTiling
{
    /// <summary>Voxels of a tile: their gradients stay in the first caches while all taps and channels go by.</summary>
    private const int TileVoxels = 256;

    // Enough pieces for many workers, as long as their sums stay small beside the tensors.
    private const int MostPieces = 64;
    private const long MostSumBytes = 64L << 20;

    public WeightGradientTiling(Conv3dWeightGradientOp op, ReadOnlySpan<TensorDesc> operands, int lanes, int rowTaps)
    {
        Op = op;
        Output = operands[op.Sources].Shape;
        Input = op.VirtualSize(operands[0].Shape.Size);
        BlockLanes = Output.C <= lanes ? lanes : 2 * lanes;
        OutputBlocks = ((Output.C - 1) / BlockLanes) + 1;
        IsScattered = operands[0].Shape.C < IWeightGradientMicroKernel.Channels && op.Sources == 1;
        // With stride 2 every other column is read as it lies, and the one behind the last output must exist.
        bool readsRows = op.Stride.W == 1 || (op.Stride.W == 2 && Input.W == 2 * Output.W && op.FirstSourceFactor == Int3.One);
        RowTaps = !IsScattered && op.Kernel.W == rowTaps && readsRows ? rowTaps : 1;
        Taps = IsScattered ? 1 : (int)op.Kernel.Product;
        FirstBlocks = BlocksOf(IsScattered ? (int)(operands[0].Shape.C * op.Kernel.Product) : operands[0].Shape.C);
        SourceBlocks = FirstBlocks + (op.Sources == 2 ? BlocksOf(operands[1].Shape.C) : 0);
        RowsPerTile = Math.Max(1, Math.Min(TileVoxels / Output.W, Output.H));
        Halo = new(op.Kernel.D, ((RowsPerTile - 1) * op.Stride.H) + op.Kernel.H, ((Output.W - 1) * op.Stride.W) + op.Kernel.W);
        Channels = operands[0].Shape.C;
        PieceSums = (long)OutputBlocks * Taps * SourceBlocks * IWeightGradientMicroKernel.Channels * BlockLanes;
        long fitting = Math.Max(1, MostSumBytes / (PieceSums * sizeof(float)));
        Pieces = (int)Math.Min(Math.Min(fitting, Slices), Math.Max(1, MostPieces / OutputBlocks));
    }

    public Conv3dWeightGradientOp Op { get; }

    /// <summary>Shape of the output's gradient.</summary>
    public Shape Output { get; }

    /// <summary>Size (z, y, x) of the source as the convolution sees it.</summary>
    public Int3 Input { get; }

    /// <summary>Lanes of a block of output channels.</summary>
    public int BlockLanes { get; }

    public int OutputBlocks { get; }

    /// <summary>Whether pairs of tap and channel count as channels.</summary>
    public bool IsScattered { get; }

    /// <summary>Voxels (z, y, x) that the taps of a tile read.</summary>
    public Int3 Halo { get; }

    /// <summary>Taps along x that are added at once: all of a row of the kernel, or 1.</summary>
    public int RowTaps { get; }

    /// <summary>Columns of a tile's gradients with the zeros around them that taps added at once read.</summary>
    public int GradientColumns => Output.W + RowTaps - 1;

    /// <summary>Floats of scratch for the gradients of a tile.</summary>
    public long GradientFloats => (long)RowsPerTile * GradientColumns * BlockLanes;

    /// <summary>Floats of scratch for the source of a tile.</summary>
    public long SourceFloats => IsScattered ? (long)Halo.Product * Channels : (long)RowsPerTile * Output.W * FirstBlocks * IWeightGradientMicroKernel.Channels;

    /// <summary>Channels of the first source.</summary>
    public int Channels { get; }

    /// <summary>Taps of a block of channels.</summary>
    public int Taps { get; }

    /// <summary>Blocks of channels of the first source.</summary>
    public int FirstBlocks { get; }

    /// <summary>Blocks of channels of all sources.</summary>
    public int SourceBlocks { get; }

    public int RowsPerTile { get; }

    /// <summary>Sums of a piece: [block of output channels][tap][block of channels][channel][lane].</summary>
    public long PieceSums { get; }

    public int Pieces { get; }

    /// <summary>Where in <see cref="Halo"/> the value of a pair lies, from that of the first tap and channel on; pairs that only fill up a block read the first one's.</summary>
    /// <param name="pair">[tap][channel].</param>
    public nint OffsetOf(int pair)
    {
        (int tap, int channel) = (pair / Channels, pair % Channels);
        if (tap >= Op.Kernel.Product)
            return 0;
        (int z, int y, int x) = Op.Kernel.PositionOf(tap);
        return (((((nint)z * Halo.H) + y) * Halo.W) + x) * Channels + channel;
    }

    public int Slices => Output.N * Output.D;

    /// <summary>First slice of a piece; of the number of pieces the number of slices.</summary>
    public int FirstSlice(int piece) => (int)((long)Slices * piece / Pieces);

    private static int BlocksOf(int channels) => ((channels - 1) / IWeightGradientMicroKernel.Channels) + 1;
}
