using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// How the weight gradient of a small grid is cut up, where weights outnumber voxels: by blocks of weights, one or two vectors of output channels by eight
/// channels of a source, each summed over all voxels at once. Depends on the shapes only.
/// </summary>
internal sealed class WeightGradientBlockTiling
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    // A worker's copies of both operands: within the caches that cores have of their own, or a small part of the shared one.
    private const long MostScratchBytes = 4L << 20;

    // Enough blocks for many workers.
    private const int LeastBlocks = 16;

    public WeightGradientBlockTiling(Conv3dWeightGradientOp op, ReadOnlySpan<TensorDesc> operands, int lanes, int rowTaps)
    {
        Op = op;
        Output = operands[op.Sources].Shape;
        Input = op.VirtualSize(operands[0].Shape.Size);
        Vectors = Output.C <= lanes ? 1 : 2;
        BlockLanes = Vectors * lanes;
        OutputBlocks = ((Output.C - 1) / BlockLanes) + 1;
        FirstBlocks = ((operands[0].Shape.C - 1) / Channels) + 1;
        SourceBlocks = FirstBlocks + (op.Sources == 2 ? ((operands[1].Shape.C - 1) / Channels) + 1 : 0);
        RowTaps = op.Kernel.W == rowTaps && op.Stride.W <= 2 ? rowTaps : 1;
        GradientColumns = Output.W + RowTaps - 1;
        SourceColumns = RowTaps == 1 ? Input.W : Output.W * op.Stride.W;
        GradientFloats = (long)Output.N * Output.D * Output.H * GradientColumns * BlockLanes;
        SourceFloats = (long)Output.N * Input.D * Input.H * SourceColumns * Channels;
        SumFloats = op.Kernel.Product * Channels * BlockLanes;
        ScratchBytes = CacheLine.RoundUp((GradientFloats + SourceFloats + SumFloats) * sizeof(float));
    }

    public Conv3dWeightGradientOp Op { get; }

    /// <summary>Shape of the output's gradient.</summary>
    public Shape Output { get; }

    /// <summary>Size (z, y, x) of the source as the convolution sees it.</summary>
    public Int3 Input { get; }

    /// <summary>Vectors of output channels of a block, 1 or 2.</summary>
    public int Vectors { get; }

    /// <summary>Lanes of a block of output channels.</summary>
    public int BlockLanes { get; }

    public int OutputBlocks { get; }

    /// <summary>Blocks of channels of the first source.</summary>
    public int FirstBlocks { get; }

    /// <summary>Blocks of channels of all sources.</summary>
    public int SourceBlocks { get; }

    /// <summary>Taps along x that are added at once: all of a row of the kernel, or 1.</summary>
    public int RowTaps { get; }

    /// <summary>Columns of the copied gradients, with the zeros around them that taps added at once read.</summary>
    public int GradientColumns { get; }

    /// <summary>Columns of a copied source: taps added at once read as many of every output, the last of which may lie past an odd width.</summary>
    public int SourceColumns { get; }

    /// <summary>Scratch for one block of the output's gradient, [n][z][y][x][lane].</summary>
    public long GradientFloats { get; }

    /// <summary>Scratch for one block of a source, [n][z][y][x][channel], as if upsampled.</summary>
    public long SourceFloats { get; }

    /// <summary>Scratch for the sums of one block, [tap][channel][lane].</summary>
    public long SumFloats { get; }

    /// <summary>Scratch of a worker.</summary>
    public long ScratchBytes { get; }

    /// <summary>Blocks of output and source channels of a block of weights: neighbours share the operand that is more work to copy.</summary>
    /// <param name="index">Of <see cref="OutputBlocks"/> times <see cref="SourceBlocks"/>.</param>
    public (int OutputBlock, int SourceBlock) BlocksOf(int index) => SourceFloats > GradientFloats
        ? (index % OutputBlocks, index / OutputBlocks)
        : (index / SourceBlocks, index % SourceBlocks);

    /// <summary>Whether the grid is small enough to be copied, and there are blocks enough to share out.</summary>
    public bool Suits => ScratchBytes <= MostScratchBytes && OutputBlocks * SourceBlocks >= LeastBlocks;
}
