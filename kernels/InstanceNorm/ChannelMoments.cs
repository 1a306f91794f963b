using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Statistics of a tensor whose voxels are summed up in pieces, by whoever computes them: every piece leaves its mean and its sum of squared
/// distances from it, in double; they are combined in the order of the pieces (Chan, Golub and LeVeque 1983), whatever worker did which.
/// </summary>
/// <param name="partials">Scratch of <see cref="ByteLength"/>.</param>
/// <param name="pitch">Channels, padding included.</param>
/// <param name="voxels">Voxels of every piece; the pieces of a sample lie together, the same number for each.</param>
internal sealed unsafe class ChannelMoments(MemorySpan partials, int pitch, int[] voxels)
{
    /// <summary>Doubles of a channel of a piece: mean, sum of squared distances from it.</summary>
    public const int PerChannel = 2;

    /// <summary>Scratch bytes for a number of pieces.</summary>
    public static long ByteLength(int pieces, int pitch) => (long)pieces * pitch * PerChannel * sizeof(double);

    /// <summary>
    /// Leaves the moments of some channels of a piece, from sums of x - shift and of its square: with a shift near the mean nothing cancels.
    /// </summary>
    /// <param name="piece">The piece.</param>
    /// <param name="channel">First channel.</param>
    /// <param name="lanes">Number of channels.</param>
    /// <param name="shift">Shift of every channel.</param>
    /// <param name="sums">Sums.</param>
    /// <param name="squares">Sums of squares.</param>
    public void Set(int piece, int channel, int lanes, float* shift, float* sums, float* squares)
    {
        double* moments = Of(piece) + (channel * PerChannel);
        double count = voxels[piece];
        for (int lane = 0; lane < lanes; lane++, moments += PerChannel)
        {
            double offset = sums[lane] / count;
            moments[0] = shift[lane] + offset;
            moments[1] = Math.Max(0, squares[lane] - (offset * sums[lane]));
        }
    }

    /// <summary>Combines the pieces into mean and reciprocal standard deviation.</summary>
    /// <param name="statistics">Output as of <see cref="InstanceNormStatisticsOp"/>.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public void Combine(TensorView statistics, float epsilon)
    {
        int samples = statistics.Desc.Shape.N;
        int perSample = voxels.Length / samples;
        for (int n = 0; n < samples; n++)
        {
            for (int c = 0; c < statistics.Desc.Shape.C; c++)
            {
                double count = 0;
                double mean = 0;
                double squared = 0;
                for (int piece = n * perSample; piece < (n + 1) * perSample; piece++)
                {
                    double* moments = Of(piece) + (c * PerChannel);
                    double more = voxels[piece];
                    double delta = moments[0] - mean;
                    double share = more / (count + more);
                    mean += delta * share;
                    squared += moments[1] + (delta * delta * count * share);
                    count += more;
                }

                float* target = statistics.Floats + ((long)n * 2 * statistics.Desc.ChannelPitch) + c;
                target[0] = (float)mean;
                target[statistics.Desc.ChannelPitch] = (float)(1 / Math.Sqrt((squared / count) + epsilon));
            }
        }
    }

    /// <summary>The moments of a piece, channel by channel, for whoever sums up in double himself.</summary>
    /// <param name="piece">The piece.</param>
    public double* Of(int piece) => (double*)partials.Bytes + ((long)piece * pitch * PerChannel);
}
