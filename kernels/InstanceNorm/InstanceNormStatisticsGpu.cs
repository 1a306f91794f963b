using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormStatisticsGpu"/>'s body is told.</summary>
internal struct InstanceNormStatisticsArguments
{
    public GpuTensor X;

    /// <summary>The source as binary16, where it is.</summary>
    public ArrayView<ushort> Halves;
    public GpuTensor Y;
    public int Channels;
    public int ChannelBlocks;
    public int Voxels;
    public int IsHalf;
    public float Epsilon;
}

/// <summary>
/// mean and 1 / sqrt(var + epsilon) of every sample and channel. Source [n, voxels, channels], statistics [n, 2, channels].
/// One group computes 16 channels of one sample with 16 rows of threads: row r sums voxels r, r + 16, ...; the rows' sums are added in their order.
/// Stable for |mean| much larger than the deviation: the mean is found as distance from the first voxel, then corrected by the mean distance from
/// itself, r = sum(x - mean) / n; the variance is sum((x - mean)^2) / n - r^2 (corrected two-pass algorithm of Chan, Golub and LeVeque). A thread adds
/// up to hundreds of thousands of values, so its sums carry their rounding error along (Kahan). The source is float32 or binary16.
/// </summary>
internal sealed class InstanceNormStatisticsGpu : GpuKernel<InstanceNormStatisticsOp, InstanceNormStatisticsArguments>
{
    private const int Lanes = 16;
    private const int Rows = 16;

    public override string Name => "StatisticsPlainGpu";

    protected override Action<InstanceNormStatisticsArguments> Body => Measure;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormStatisticsOp && GpuTensor.Fits(operands[^1])
        && (GpuTensor.Fits(operands[0]) || operands[0] is { DType: DType.F16, Layout: Layout.NDHWC });

    protected override InstanceNormStatisticsArguments Prepare(
        InstanceNormStatisticsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        int blocks = (shape.C + Lanes - 1) / Lanes;
        config = new KernelConfig(checked(shape.N * blocks), Lanes * Rows);
        return new InstanceNormStatisticsArguments
        {
            X = GpuTensor.From(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            ChannelBlocks = blocks,
            Voxels = (int)shape.Voxels,
            Halves = GpuTensor.BytesOf<ushort>(operands[0]),
            IsHalf = operands[0].Desc.DType == DType.F16 ? 1 : 0,
            Epsilon = op.Epsilon,
        };
    }

    private static void Measure(InstanceNormStatisticsArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Lanes * Rows);
        int lane = Group.IdxX % Lanes;
        int row = Group.IdxX / Lanes;
        int sample = Grid.IdxX / k.ChannelBlocks;
        int channel = ((Grid.IdxX % k.ChannelBlocks) * Lanes) + lane;
        // Lanes past the last channel repeat it: every thread of a group must meet the same barriers.
        int c = XMath.Min(channel, k.Channels - 1);
        int first = sample * k.Voxels;

        float shift = Read(k, first, c);
        float mean = shift + (GpuGroup.Sum(shared, SumOf(k, first, row, c, shift), lane, Lanes, Rows) / k.Voxels);
        float residue = GpuGroup.Sum(shared, SumOf(k, first, row, c, mean), lane, Lanes, Rows) / k.Voxels;
        float squares = GpuGroup.Sum(shared, SumOfSquares(k, first, row, c, mean), lane, Lanes, Rows) / k.Voxels;
        float variance = squares - (residue * residue);
        if (row == 0 && channel < k.Channels)
        {
            k.Y.At(2 * sample, c) = mean + residue;
            k.Y.At((2 * sample) + 1, c) = 1 / XMath.Sqrt(variance + k.Epsilon);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOf(in InstanceNormStatisticsArguments k, int first, int row, int c, float shift)
    {
        GpuSum sum = default;
        for (int voxel = row; voxel < k.Voxels; voxel += Rows)
            sum.Add(Read(k, first + voxel, c) - shift);
        return sum.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(in InstanceNormStatisticsArguments k, int first, int row, int c, float mean)
    {
        GpuSum sum = default;
        for (int voxel = row; voxel < k.Voxels; voxel += Rows)
        {
            float distance = Read(k, first + voxel, c) - mean;
            sum.Add(distance * distance);
        }

        return sum.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Read(in InstanceNormStatisticsArguments k, int voxel, int c) => k.IsHalf == 0
        ? k.X.At(voxel, c)
        : Interop.IntAsFloat(GpuFloatBits.FromHalf(k.Halves[(voxel * k.X.Pitch) + c]));
}
