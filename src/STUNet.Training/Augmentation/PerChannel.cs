namespace STUNet.Training;

/// <summary>Draws one value per channel.</summary>
internal static class PerChannel
{
    /// <summary>One value per channel, or null where the channel is left alone.</summary>
    public static double?[] Draw(SampleRandom random, int channels, double probability, Func<SampleRandom, double> value)
    {
        double?[] values = new double?[channels];
        for (int c = 0; c < channels; c++)
            values[c] = probability >= 1 || random.Happens(probability) ? value(random) : null;
        return values;
    }
}
