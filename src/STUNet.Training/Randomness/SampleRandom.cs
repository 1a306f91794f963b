namespace STUNet.Training;

/// <summary>
/// The random numbers of one training sample: xoshiro256** started from (seed, epoch, sample index). A sample draws from its own sequence only, so it
/// is the same whichever worker prepares it and however many there are. Not for cryptography; not synchronised.
/// </summary>
/// <remarks>Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021).</remarks>
public sealed class SampleRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _spareGaussian;
    private bool _hasSpare;

    /// <summary>Starts the sequence of a seed.</summary>
    /// <param name="seed">The seed; any value.</param>
    public SampleRandom(ulong seed)
    {
        // The state is filled by SplitMix64, as the authors advise: it is never all zeros and near seeds have nothing in common.
        _s0 = Mix(seed += Increment);
        _s1 = Mix(seed += Increment);
        _s2 = Mix(seed += Increment);
        _s3 = Mix(seed + Increment);
    }

    /// <summary>Starts the sequence of one sample of one epoch.</summary>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="sample">The sample's index in the epoch, from 0.</param>
    public SampleRandom(ulong seed, int epoch, long sample)
        : this(Mix(Mix(Mix(seed + Increment) + (ulong)epoch + Increment) + (ulong)sample + Increment))
    {
    }

    private const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The next 64 bits.</summary>
    public ulong NextWord()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextWord() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in [low, high).</summary>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The upper end.</param>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>True with a probability.</summary>
    /// <param name="probability">The probability, in [0, 1].</param>
    public bool Happens(double probability) => NextDouble() < probability;

    /// <summary>Uniform among the whole numbers from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The largest value, at least <paramref name="low"/>.</param>
    public int Integer(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        ulong count = (ulong)((long)high - low) + 1;

        // Lemire's multiplication; words below 2^64 mod count would favour some values and are drawn again.
        ulong offset = Math.BigMul(NextWord(), count, out ulong fraction);
        if (fraction < count)
        {
            for (ulong unfair = (0 - count) % count; fraction < unfair;)
                offset = Math.BigMul(NextWord(), count, out fraction);
        }

        return (int)(low + (long)offset);
    }

    /// <summary>Normal with mean 0 and standard deviation 1, by Marsaglia's polar method.</summary>
    public double Gaussian()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spareGaussian;
        }

        double u, v, square;
        do
        {
            u = 2 * NextDouble() - 1;
            v = 2 * NextDouble() - 1;
            square = u * u + v * v;
        }
        while (square is >= 1 or 0);
        double scale = Math.Sqrt(-2 * Math.Log(square) / square);
        (_spareGaussian, _hasSpare) = (v * scale, true);
        return u * scale;
    }

    private static ulong Mix(ulong word)
    {
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }
}
