using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormStatisticsGpu{TTensor}"/>'s body is told.</summary>
internal struct InstanceNormStatisticsArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public GpuTensor Y;
    public int Channels;
    public int ChannelBlocks;
    public int Voxels;
    public float Epsilon;
}

/// <summary>
/// mean and 1 / sqrt(var + epsilon) of every sample and channel. Source [n, voxels, channels], statistics [n, 2, channels].
/// One group computes 16 channels of one sample with 16 rows of threads: row r sums voxels r, r + 16, ...; the rows' sums are added in their order.
/// Stable for |mean| much larger than the deviation: the mean is found as distance from the first voxel, then corrected by the mean distance from
/// itself, r = sum(x - mean) / n; the variance is sum((x - mean)^2) / n - r^2 (corrected two-pass algorithm of Chan, Golub and LeVeque). A thread adds
/// up to hundreds of thousands of values, so its sums carry their rounding error along (Kahan).
/// </summary>
internal sealed class InstanceNormStatisticsGpu<TTensor> : GpuKernel<InstanceNormStatisticsOp, InstanceNormStatisticsArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    private const int Lanes = 16;
    private const int Rows = 16;

    public override string Name => GpuTensor.NameOf<TTensor>("StatisticsPlain");

    protected override Action<InstanceNormStatisticsArguments<TTensor>> Body => Measure;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormStatisticsOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.Fits(operands[^1]);

    protected override InstanceNormStatisticsArguments<TTensor> Prepare(
        InstanceNormStatisticsOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        int blocks = (shape.C + Lanes - 1) / Lanes;
        config = new KernelConfig(checked(shape.N * blocks), Lanes * Rows);
        return new InstanceNormStatisticsArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Y = GpuTensor.From(operands[^1]),
            Channels = shape.C,
            ChannelBlocks = blocks,
            Voxels = (int)shape.Voxels,
            Epsilon = op.Epsilon,
        };
    }

    private static void Measure(InstanceNormStatisticsArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Lanes * Rows);
        int lane = Group.IdxX % Lanes;
        int row = Group.IdxX / Lanes;
        int sample = Grid.IdxX / k.ChannelBlocks;
        int channel = ((Grid.IdxX % k.ChannelBlocks) * Lanes) + lane;
        // Lanes past the last channel repeat it: every thread of a group must meet the same barriers.
        int c = XMath.Min(channel, k.Channels - 1);
        int first = sample * k.Voxels;

        float shift = k.X.Read(first, c);
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
    private static float SumOf(in InstanceNormStatisticsArguments<TTensor> k, int first, int row, int c, float shift)
    {
        GpuSum sum = default;
        for (int voxel = row; voxel < k.Voxels; voxel += Rows)
            sum.Add(k.X.Read(first + voxel, c) - shift);
        return sum.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(in InstanceNormStatisticsArguments<TTensor> k, int first, int row, int c, float mean)
    {
        GpuSum sum = default;
        for (int voxel = row; voxel < k.Voxels; voxel += Rows)
        {
            float distance = k.X.Read(first + voxel, c) - mean;
            sum.Add(distance * distance);
        }

        return sum.Value;
    }
}
