using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>
/// The formula of <see cref="ResampledArgMaxOp"/> in the order of the host's export: divided and interpolated along z, then y, then x. Accumulator ring [D, H, W, channels], labels [slice, row, column].
/// One group labels up to 128 neighbouring voxels of an output row, one thread a voxel. It takes 32 classes a turn: warps walk over the network columns that the voxels lie between, lanes are
/// classes, so that loads are 128 bytes side by side, and leave the values between the two slices and rows in shared memory; then every thread interpolates its voxel along x and carries its largest value along.
/// So each network voxel is read once per output row, not once per output voxel, and with ascending classes the lowest of equals wins. Shared memory: the columns' values (17 KiB)
/// and the factors of their sums (2 KiB). Every barrier is met by all threads in every turn; groups of slices that the run does not ask for take no turn.
/// </summary>
internal static class ResampledArgMaxGpuBody
{
    /// <summary>Threads of a group, and the most voxels of a tile.</summary>
    public const int GroupSize = 128;

    private const int Lanes = 32;
    private const int Warps = GroupSize / Lanes;

    // One more than the lanes: neighbouring columns then lie in different banks.
    private const int Pitch = Lanes + 1;

    // Between n samples lie at most (n - 1) * input / output + 3 columns; one is room for the rounding of positions.
    private const int ColumnMargin = 4;
    private const int MostColumns = GroupSize + ColumnMargin;

    // Of the two rows the factors of the lower and the upper slice.
    private const int Factors = 4;

    /// <summary>The most voxels of a row whose network columns fit into shared memory.</summary>
    /// <param name="input">Network columns of a row.</param>
    /// <param name="output">Voxels of a row of the export grid.</param>
    public static int LargestTile(int input, int output) => (int)Math.Min(GroupSize, ((long)GroupSize * output / input) + 1);

    /// <summary>The kernel body.</summary>
    public static void Label(ResampledArgMaxArguments k)
    {
        ArrayView<float> values = SharedMemory.Allocate<float>(MostColumns * Pitch);
        ArrayView<float> factors = SharedMemory.Allocate<float>(MostColumns * Factors);
        int thread = Group.IdxX;
        int row = Grid.IdxX / k.Tiles;
        int slice = row / k.Rows;
        int z = XMath.Min(k.FirstSlice + slice, k.Z.Samples - 1);
        int y = row % k.Rows;
        int firstX = Grid.IdxX % k.Tiles * k.TileColumns;
        int endX = XMath.Min(firstX + k.TileColumns, k.X.Samples);
        int x = XMath.Min(firstX + thread, endX - 1);

        int firstColumn = k.X.Lower(firstX);
        int columns = k.X.Upper(endX - 1) + 1 - firstColumn;
        float share = k.Z.UpperWeight(z);
        float rowWeight = k.Y.UpperWeight(y);
        float weight = k.X.UpperWeight(x);
        // Where an upper sample has no weight the lower one is read in its place: all loads are made at once, and none is of memory that nobody needs.
        int lower = (k.X.Lower(x) - firstColumn) * Pitch;
        int upper = weight == 0 ? lower : (k.X.Upper(x) - firstColumn) * Pitch;
        int lowerZ = k.Z.Lower(z);
        int upperZ = share == 0 ? lowerZ : k.Z.Upper(z);
        int lowerY = k.Y.Lower(y);
        int upperY = rowWeight == 0 ? lowerY : k.Y.Upper(y);
        long lowerLower = Index(k, lowerZ, lowerY, firstColumn);
        long upperLower = Index(k, upperZ, lowerY, firstColumn);
        long lowerUpper = Index(k, lowerZ, upperY, firstColumn);
        long upperUpper = Index(k, upperZ, upperY, firstColumn);

        int label = 0;
        float max = float.NegativeInfinity;
        int begin = slice < k.SliceCount ? 0 : k.Classes;
        if (begin == 0)
        {
            for (int column = thread; column < columns; column += GroupSize)
            {
                long at = ((long)column * k.Sums.Channels) + k.Classes;
                factors[column * Factors] = LowerFactor(k.Sums.Data[lowerLower + at], share);
                factors[(column * Factors) + 1] = share / k.Sums.Data[upperLower + at];
                factors[(column * Factors) + 2] = LowerFactor(k.Sums.Data[lowerUpper + at], share);
                factors[(column * Factors) + 3] = share / k.Sums.Data[upperUpper + at];
            }
        }

        for (int first = begin; first < k.Classes; first += Lanes)
        {
            // The first turn's also lets the factors be seen.
            Group.Barrier();
            int mine = first + (thread % Lanes);
            if (mine < k.Classes)
            {
                for (int column = thread / Lanes; column < columns; column += Warps)
                {
                    long at = ((long)column * k.Sums.Channels) + mine;
                    float sum = k.Sums.Data[lowerLower + at];
                    float sumAbove = k.Sums.Data[upperLower + at];
                    float sumOfNext = k.Sums.Data[lowerUpper + at];
                    float sumAboveNext = k.Sums.Data[upperUpper + at];
                    float value = AlongZ(sum, sumAbove, share, factors[column * Factors], factors[(column * Factors) + 1]);
                    if (rowWeight != 0)
                    {
                        float next = AlongZ(sumOfNext, sumAboveNext, share, factors[(column * Factors) + 2], factors[(column * Factors) + 3]);
                        value = (value * (1 - rowWeight)) + (next * rowWeight);
                    }

                    values[(column * Pitch) + (thread % Lanes)] = value;
                }
            }

            Group.Barrier();
            int end = firstX + thread < endX ? XMath.Min(Lanes, k.Classes - first) : 0;
            Compare(values, lower, upper, weight, first, end, ref max, ref label);
        }

        if (begin != 0 || firstX + thread >= endX)
            return;
        int target = (row * k.X.Samples) + x;
        if (k.Wide != 0)
            k.Labels16[target] = (ushort)label;
        else
            k.Labels8[target] = (byte)label;
    }

    // The first channel of a network voxel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Index(in ResampledArgMaxArguments k, int z, int y, int x) => k.Sums.SumIndex(new GpuInt3 { D = z, H = y, W = x });

    // Interpolates this thread's voxel along x, class by class of one turn, and keeps the largest value so far with its class.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compare(ArrayView<float> values, int lower, int upper, float weight, int first, int end, ref float max, ref int label)
    {
        for (int c = 0; c < end; c++)
        {
            float value = values[lower + c];
            float blend = (value * (1 - weight)) + (values[upper + c] * weight);
            value = weight == 0 ? value : blend;
            bool isNaN = XMath.IsNaN(value);
            if (isNaN || value > max)
            {
                // Nothing is above infinity: after a NaN the label stays 0.
                max = isNaN ? float.PositiveInfinity : value;
                label = isNaN ? 0 : first + c;
            }
        }
    }

    // What sums of the lower slice are multiplied with, or, where the upper one has no share, divided by.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LowerFactor(float sumOfWeights, float share) => share == 0 ? sumOfWeights : (1 - share) / sumOfWeights;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float AlongZ(float lower, float upper, float share, float lowerFactor, float upperFactor) =>
        share == 0 ? lower / lowerFactor : (lower * lowerFactor) + (upper * upperFactor);
}
