namespace STUNet.Training;

/// <summary>Adds independent normal noise to every voxel of all channels.</summary>
/// <param name="StandardDeviation">Its strength.</param>
/// <param name="Seed">Seed of the noise.</param>
public sealed record GaussianNoise(double StandardDeviation, ulong Seed) : IAugmentation
{
    /// <summary>Probability per sample.</summary>
    public const double Probability = 0.1;

    /// <summary>The largest standard deviation; the smallest is 0.</summary>
    public const double LargestDeviation = 0.1;

    private const int Block = 256;

    /// <summary>Draws the parameters; null where the step is left out.</summary>
    /// <param name="random">The sample's random numbers.</param>
    public static GaussianNoise? Draw(SampleRandom random) => random.Happens(Probability)
        ? new GaussianNoise(random.Uniform(0, LargestDeviation), random.NextWord())
        : null;

    /// <summary>Adds noise that is given.</summary>
    /// <param name="values">The voxels.</param>
    /// <param name="noise">One value per voxel.</param>
    public static void Add(Span<float> values, ReadOnlySpan<float> noise)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(noise.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] += noise[i];
    }

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        SampleRandom random = new(Seed);
        Span<float> noise = stackalloc float[Block];
        for (int c = 0; c < patch.Channels; c++)
        {
            for (Span<float> rest = patch.Channel(c).Span; !rest.IsEmpty; rest = rest[Math.Min(Block, rest.Length)..])
            {
                Span<float> block = noise[..Math.Min(Block, rest.Length)];
                for (int i = 0; i < block.Length; i++)
                    block[i] = (float)(StandardDeviation * random.Gaussian());
                Add(rest[..block.Length], block);
            }
        }
    }
}
