using System.Numerics;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>Blurs channels: SciPy's gaussian_filter, cut off at 4 sigma, samples mirrored at the outer edges (mode reflect).</summary>
/// <param name="Sigmas">Per channel the standard deviation in voxels on all axes; null leaves the channel alone.</param>
public sealed record GaussianBlur(IReadOnlyList<double?> Sigmas) : IAugmentation
{
    /// <summary>Probability per sample.</summary>
    public const double Probability = 0.2;

    /// <summary>Probability per channel of a sample.</summary>
    public const double ChannelProbability = 0.5;

    /// <summary>The smallest standard deviation.</summary>
    public const double SmallestSigma = 0.5;

    /// <summary>The largest standard deviation.</summary>
    public const double LargestSigma = 1;

    /// <summary>Draws the parameters; null where the step is left out.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="channels">Channels of the image.</param>
    public static GaussianBlur? Draw(SampleRandom random, int channels) => random.Happens(Probability)
        ? new GaussianBlur(PerChannel.Draw(random, channels, ChannelProbability, static r => r.Uniform(SmallestSigma, LargestSigma)))
        : null;

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
        {
            if (Sigmas[c] is { } sigma)
                Blur(patch.Channel(c).Span, patch.Size, GaussianKernel.Create(sigma), scratch);
        }
    }

    private static unsafe void Blur(Span<float> values, Int3 size, double[] kernel, AugmentationScratch scratch)
    {
        int radius = kernel.Length / 2;
        int plane = size.H * size.W;
        Span<float> memory = scratch.Values(values.Length + size.W + 2 * radius).Span;
        float** taps = stackalloc float*[kernel.Length];
        fixed (float* source = values, half = memory)
        {
            for (int z = 0; z < size.D; z++)
            {
                for (int k = -radius; k <= radius; k++)
                    taps[k + radius] = source + (long)Reflected(z + k, size.D) * plane;
                Weigh(taps, kernel, new Span<float>(half + (long)z * plane, plane));
            }

            float* line = half + values.Length;
            for (int z = 0; z < size.D; z++)
            {
                for (int y = 0; y < size.H; y++)
                {
                    for (int k = -radius; k <= radius; k++)
                        taps[k + radius] = half + (long)z * plane + (long)Reflected(y + k, size.H) * size.W;
                    Weigh(taps, kernel, new Span<float>(line + radius, size.W));
                    for (int k = 1; k <= radius; k++)
                    {
                        line[radius - k] = line[radius + Reflected(-k, size.W)];
                        line[radius + size.W - 1 + k] = line[radius + Reflected(size.W - 1 + k, size.W)];
                    }

                    for (int k = 0; k < kernel.Length; k++)
                        taps[k] = line + k;
                    Weigh(taps, kernel, values.Slice(z * plane + y * size.W, size.W));
                }
            }
        }
    }

    /// <summary>Sums rows by the symmetric weights, in double.</summary>
    private static unsafe void Weigh(float** taps, double[] kernel, Span<float> target)
    {
        int radius = kernel.Length / 2;
        int at = 0;
        for (; at <= target.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(taps[radius] + at), out Vector<double> low, out Vector<double> high);
            low *= kernel[radius];
            high *= kernel[radius];
            for (int k = 1; k <= radius; k++)
            {
                Vector.Widen(Vector.Load(taps[radius - k] + at), out Vector<double> lowBefore, out Vector<double> highBefore);
                Vector.Widen(Vector.Load(taps[radius + k] + at), out Vector<double> lowAfter, out Vector<double> highAfter);
                low += (lowBefore + lowAfter) * kernel[radius - k];
                high += (highBefore + highAfter) * kernel[radius - k];
            }

            Vector.Narrow(low, high).CopyTo(target[at..]);
        }

        for (; at < target.Length; at++)
        {
            double sum = taps[radius][at] * kernel[radius];
            for (int k = 1; k <= radius; k++)
                sum += ((double)taps[radius - k][at] + taps[radius + k][at]) * kernel[radius - k];
            target[at] = (float)sum;
        }
    }

    /// <summary>The sample that stands at an index beyond the ends.</summary>
    private static int Reflected(int index, int size)
    {
        int within = ((index % (2 * size)) + 2 * size) % (2 * size);
        return within < size ? within : 2 * size - 1 - within;
    }
}
