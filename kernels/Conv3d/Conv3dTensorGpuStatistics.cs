using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorGpuStatistics"/>'s body is told.</summary>
internal struct Conv3dTensorStatisticsArguments
{
    public ArrayView<float> Moments;
    public ArrayView<float> Counts;
    public GpuTensor Y;
    public int Channels;

    /// <summary>Blocks of a sample.</summary>
    public int Blocks;

    /// <summary>Voxels of a sample.</summary>
    public int Voxels;
    public float Epsilon;
}

/// <summary>
/// Mean and 1 / sqrt(var + epsilon) of every sample and channel from the moments of blocks of up to <see cref="BlockRows"/> voxels, moments[sample, block, 2, channel]: the mean and the sum of
/// squared distances from it. Blocks are the same for every tile of a family, and so are the bits. One group computes one channel of one sample: thread t combines blocks t, t + <see cref="Threads"/>, ..., then the threads are combined in
/// their order. Two sets of values with means a, b and counts m, n have the mean a + (b - a) * n / (m + n) and the squares' sum grows by
/// (b - a)^2 * m * n / (m + n) (Chan, Golub and LeVeque): nothing cancels.
/// </summary>
internal static class Conv3dTensorGpuStatistics
{
    /// <summary>Voxels of a block: the rows of the lowest tile.</summary>
    public const int BlockRows = 64;

    private const int Threads = 64;

    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorStatisticsArguments> Body => Combine;

    /// <summary>The launch.</summary>
    /// <param name="device">The device.</param>
    /// <param name="stored">The blocks' moments.</param>
    /// <param name="output">The tensor that is measured.</param>
    /// <param name="statistics">Where the statistics go.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Step Bind(GpuDevice device, Conv3dTensorOutput stored, Shape output, TensorView statistics, float epsilon)
    {
        Conv3dTensorStatisticsArguments arguments = new()
        {
            Moments = stored.Moments,
            Counts = stored.Counts,
            Y = GpuTensor.From(statistics),
            Channels = output.C,
            Blocks = stored.BlocksOfSample,
            Voxels = (int)output.Voxels,
            Epsilon = epsilon,
        };
        KernelConfig config = new(checked(output.N * output.C), Threads);
        return new GpuStep<Conv3dTensorStatisticsArguments>(device, Body, config, arguments, GpuLaunch.KeepArguments);
    }

    private static void Combine(Conv3dTensorStatisticsArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(3 * Threads);
        int channel = Grid.IdxX % k.Channels;
        int sample = Grid.IdxX / k.Channels;
        float count = 0;
        float mean = 0;
        float squares = 0;
        for (int block = Group.IdxX; block < k.Blocks; block += Threads)
        {
            int number = (sample * k.Blocks) + block;
            int moments = (2 * number * k.Channels) + channel;
            Add(ref count, ref mean, ref squares, k.Counts[number], k.Moments[moments], k.Moments[moments + k.Channels]);
        }

        shared[Group.IdxX] = count;
        shared[Threads + Group.IdxX] = mean;
        shared[(2 * Threads) + Group.IdxX] = squares;
        Group.Barrier();
        if (Group.IdxX != 0)
            return;
        for (int thread = 1; thread < Threads; thread++)
            Add(ref count, ref mean, ref squares, shared[thread], shared[Threads + thread], shared[(2 * Threads) + thread]);
        k.Y.At(2 * sample, channel) = mean;
        k.Y.At((2 * sample) + 1, channel) = 1 / XMath.Sqrt((squares / k.Voxels) + k.Epsilon);
    }

    private static void Add(ref float count, ref float mean, ref float squares, float otherCount, float otherMean, float otherSquares)
    {
        if (otherCount == 0)
            return;
        float total = count + otherCount;
        float distance = otherMean - mean;
        mean += distance * (otherCount / total);
        squares += otherSquares + (distance * distance * (count * otherCount / total));
        count = total;
    }
}
