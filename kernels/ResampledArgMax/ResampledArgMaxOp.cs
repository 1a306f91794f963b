using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Labels slices of an export grid from the accumulator (<see cref="RunArguments.Accumulator"/>): sums are divided by the sum of their weights and interpolated linearly along z, then y, then x, and the
/// class of the largest value is the label, the lowest of equals; 0 where a value is NaN. The network's volume begins at <see cref="RunArguments.WindowOrigin"/> of the accumulator's.
/// The run labels <see cref="RunArguments.SliceCount"/> slices from <see cref="RunArguments.FirstSlice"/> on, whose network slices must be in the ring; of the output the slices behind them are not written.
/// Inputs: for each axis z, y, x a table (1, 1, 1, 3, n) of its n output samples: row 0 the lower source index, row 1 the upper one (the same or the next), row 2 the upper one's weight. Indices do not fall from
/// one sample to the next, and over n samples the lower one rises by no more than n * input / output + 1. Where a weight is 0 the upper sample is not read.
/// Output: (1, 1, <paramref name="Slices"/>, H, W) of the export grid, U8 up to 256 classes, else U16.
/// </summary>
/// <param name="Classes">Number of classes; the channel after them holds the sum of weights.</param>
/// <param name="Size">Size of the network's volume (z, y, x).</param>
/// <param name="Slices">The most slices of one run.</param>
public sealed record ResampledArgMaxOp(int Classes, Int3 Size, int Slices) : Op("resampled_argmax")
{
    /// <summary>Rows of a table.</summary>
    public const int TableRows = 3;

    private const int MaxClasses = 1 << 16;

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => ResampledArgMaxCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (Classes is < 1 or > MaxClasses || Slices < 1)
            throw new ShapeException(Name, $"{Classes} classes and {Slices} slices must be 1 to {MaxClasses} and at least 1");
        foreach (TensorDesc table in inputs)
        {
            if (table.Shape != new Shape(1, 1, 1, TableRows, table.Shape.W))
                throw new ShapeException(Name, $"table {table.Shape} must have a lower index, an upper index and a weight for every sample: 1x1x1x{TableRows}xn");
        }

        return new TensorDesc(new Shape(1, 1, Slices, inputs[1].Shape.W, inputs[2].Shape.W), dtype: Classes <= 256 ? DType.U8 : DType.U16);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        // Every network voxel between the slices is read once; a value takes three operations per axis and a comparison.
        long read = (long)Math.Ceiling((double)Slices * Size.D / inputs[0].Shape.W) * Size.H * Size.W * (Classes + 1);
        return new WorkEstimate(10 * output.Shape.Voxels * Classes, (read * sizeof(float)) + output.ByteLength);
    }

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        $"{Name} k{Classes}_{Size}to{inputs[0].Shape.W}x{output.Shape.H}x{output.Shape.W}_slices{Slices}";
}
