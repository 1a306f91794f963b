using System.Numerics;

namespace STUNet.Training;

/// <summary>Multiplies channels by factors.</summary>
/// <param name="Factors">One per channel; null leaves the channel alone.</param>
public sealed record BrightnessScaling(IReadOnlyList<double?> Factors) : IAugmentation
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
    public static BrightnessScaling? Draw(SampleRandom random, int channels) => random.Happens(Probability)
        ? new BrightnessScaling(PerChannel.Draw(random, channels, 1, static r => r.Uniform(SmallestFactor, LargestFactor)))
        : null;

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
        {
            if (Factors[c] is { } factor)
                VoxelMap.Apply(patch.Channel(c).Span, new Product(factor));
        }
    }

    private readonly record struct Product(double Factor) : IVoxelMap
    {
        public Vector<double> Map(Vector<double> value) => value * Factor;
    }
}
