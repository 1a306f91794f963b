using System.Numerics;

namespace STUNet.Training;

/// <summary>Raises channels, scaled to [0, 1], to a power; then restores their mean and deviation.</summary>
/// <param name="Gammas">The power per channel; null leaves the channel alone.</param>
/// <param name="IsInverted">Whether the negative image is treated.</param>
/// <param name="RetainsStatistics">Whether mean and deviation are restored, as nnU-Net does.</param>
public sealed record GammaCorrection(IReadOnlyList<double?> Gammas, bool IsInverted, bool RetainsStatistics = true) : IAugmentation
{
    /// <summary>Probability per sample of the inverted step, which comes first.</summary>
    public const double InvertedProbability = 0.1;

    /// <summary>Probability per sample of the plain step.</summary>
    public const double Probability = 0.3;

    /// <summary>The smallest power.</summary>
    public const double SmallestGamma = 0.7;

    /// <summary>The largest power.</summary>
    public const double LargestGamma = 1.5;

    private const double RangeEpsilon = 1e-7;
    private const double DeviationEpsilon = 1e-8;

    /// <summary>Draws the parameters; null where the step is left out.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="isInverted">Which of the two steps.</param>
    public static GammaCorrection? Draw(SampleRandom random, int channels, bool isInverted) =>
        random.Happens(isInverted ? InvertedProbability : Probability)
            ? new GammaCorrection(PerChannel.Draw(random, channels, 1, static r => TwoSidedFactor.Draw(r, SmallestGamma, LargestGamma)), isInverted)
            : null;

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
        {
            if (Gammas[c] is { } gamma)
                Apply(patch.Channel(c).Span, gamma);
        }
    }

    private void Apply(Span<float> values, double gamma)
    {
        double sign = IsInverted ? -1 : 1;
        ChannelStatistics before = ChannelStatistics.Of(values);
        double low = IsInverted ? -before.Max : before.Min;
        VoxelMap.Apply(values, new Power(sign, low, (double)before.Max - before.Min + RangeEpsilon, gamma, RetainsStatistics ? 1 : sign));
        if (!RetainsStatistics)
            return;
        (double mean, double deviation) = ChannelStatistics.Moments(values);
        VoxelMap.Apply(values, new Restoration(mean, deviation + DeviationEpsilon, before.Deviation, sign * before.Mean, sign));
    }

    /// <summary>(((sign x - low) / range)^gamma range + low) times the sign of the result.</summary>
    private readonly record struct Power(double Sign, double Low, double Range, double Gamma, double ResultSign) : IVoxelMap
    {
        public Vector<double> Map(Vector<double> value)
        {
            // The power of 0 is exp(-infinity) = 0.
            Vector<double> share = (value * Sign - new Vector<double>(Low)) / new Vector<double>(Range);
            Vector<double> power = Vector.Exp(Vector.Log(share) * Gamma);
            return (power * Range + new Vector<double>(Low)) * ResultSign;
        }
    }

    private readonly record struct Restoration(double Mean, double Deviation, double WantedDeviation, double WantedMean, double Sign) : IVoxelMap
    {
        public Vector<double> Map(Vector<double> value) =>
            ((value - new Vector<double>(Mean)) / new Vector<double>(Deviation) * WantedDeviation + new Vector<double>(WantedMean)) * Sign;
    }
}
