using System.Numerics;

namespace STUNet.Training;

/// <summary>Scales channels about their mean and clips them to the range they had.</summary>
/// <param name="Factors">One per channel; null leaves the channel alone.</param>
public sealed record ContrastScaling(IReadOnlyList<double?> Factors) : IAugmentation
{
    /// <summary>Probability per sample.</summary>
    public const double Probability = 0.15;

    /// <summary>The smallest factor.</summary>
    public const double SmallestFactor = 0.75;

    /// <summary>The largest factor.</summary>
    public const double LargestFactor = 1.25;

    /// <summary>Draws the parameters; null where the step is left out.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="channels">Channels of the image.</param>
    public static ContrastScaling? Draw(SampleRandom random, int channels) => random.Happens(Probability)
        ? new ContrastScaling(PerChannel.Draw(random, channels, 1, static r => TwoSidedFactor.Draw(r, SmallestFactor, LargestFactor)))
        : null;

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
        {
            if (Factors[c] is not { } factor)
                continue;
            Span<float> values = patch.Channel(c).Span;
            VoxelMap.Apply(values, new AboutMean(ChannelStatistics.Of(values), factor));
        }
    }

    private readonly record struct AboutMean(ChannelStatistics Channel, double Factor) : IVoxelMap
    {
        public Vector<double> Map(Vector<double> value)
        {
            Vector<double> mean = new(Channel.Mean);
            Vector<double> scaled = (value - mean) * Factor + mean;
            return Vector.Min(Vector.Max(scaled, new Vector<double>(Channel.Min)), new Vector<double>(Channel.Max));
        }
    }
}
