using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The innermost loops of the weight gradient in one instruction set: sums[j][lane] += sum over slices, rows and columns of x[offsets[j]] * dy[lane], for eight
/// channels j of the source and one or two vectors of output channels, held in registers.
/// </summary>
internal unsafe interface IWeightGradientMicroKernel
{
    /// <summary>Channels of the source a tile covers.</summary>
    const int Channels = 8;

    /// <summary>What a device must have.</summary>
    static abstract SimdLevel Level { get; }

    /// <summary>Lanes of a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Taps along x that one call can add, 1 or 3: three want 24 sums in registers, and read every value once for all of them.</summary>
    static abstract int RowTaps { get; }

    /// <summary>Adds a tile.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="offsets">Where the eight values of a voxel lie, from <see cref="WeightGradientTile.X"/> on; not read of a tile of three taps.</param>
    static abstract void Run(WeightGradientTile* tile, nint* offsets);
}

/// <summary>Operands of one call of <see cref="IWeightGradientMicroKernel"/>. Strides in elements.</summary>
internal unsafe struct WeightGradientTile
{
    /// <summary>The source at the first voxel.</summary>
    public float* X;

    /// <summary>From a column to the next in the source.</summary>
    public nint XColumn;

    /// <summary>From a row to the next in the source.</summary>
    public nint XRow;

    /// <summary>From a slice to the next in the source.</summary>
    public nint XSlice;

    /// <summary>First lane of the output's gradient at the first voxel.</summary>
    public float* Dy;

    /// <summary>From a column to the next in the gradient.</summary>
    public nint DyColumn;

    /// <summary>From a row to the next in the gradient.</summary>
    public nint DyRow;

    /// <summary>From a slice to the next in the gradient.</summary>
    public nint DySlice;

    /// <summary>Slices of the tile.</summary>
    public int Slices;

    /// <summary>Rows of a slice of the tile.</summary>
    public int Rows;

    /// <summary>Columns of the tile.</summary>
    public int Columns;

    /// <summary>Vectors of output channels, 1 or 2.</summary>
    public int Vectors;

    /// <summary>
    /// Taps along x, 1 or 3. Of three, <see cref="X"/> and <see cref="Dy"/> are the middle one's, the gradient of the first lies a column behind; gradients are read past the ends of a row.
    /// The eight values of a tile of three taps are neighbours.
    /// </summary>
    public int Taps;

    /// <summary>Of three taps: from the middle one's value to the outer ones'.</summary>
    public nint XOuter;

    /// <summary>Of three taps: from the middle one's gradient to the last one's.</summary>
    public nint DyLast;

    /// <summary>Eight rows of sums, each of as many lanes.</summary>
    public float* Sums;

    /// <summary>From a tap's sums to the next one's.</summary>
    public nint SumsTap;
}
