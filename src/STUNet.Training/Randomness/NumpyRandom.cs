using System.Numerics;

namespace STUNet.Training;

/// <summary>
/// NumPy's legacy <c>RandomState</c>: the 32-bit Mersenne Twister and the draws nnU-Net makes of it. Splits, class locations and fingerprints are reproducible only with the same bits.
/// </summary>
public sealed class NumpyRandom
{
    private readonly MersenneTwister _twister;
    private int _position = MersenneTwister.BlockLength;

    /// <summary>Starts the sequence of <c>RandomState(seed)</c>.</summary>
    /// <param name="seed">The seed.</param>
    public NumpyRandom(uint seed) => _twister = new MersenneTwister(seed);

    /// <summary>The next 32 bits.</summary>
    public uint NextWord()
    {
        RequireWords();
        return _twister.Block[_position++];
    }

    /// <summary>Uniform in [0, 1), 53 bits: <c>random_sample</c>.</summary>
    public double NextDouble()
    {
        uint high = NextWord() >> 5;
        uint low = NextWord() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>Uniform in [0, largest], by masked rejection; draws nothing where only 0 is possible.</summary>
    /// <param name="largest">The largest value.</param>
    public uint NextBounded(uint largest)
    {
        if (largest == 0)
            return 0;
        uint mask = MaskOf(largest);
        uint value;
        do
        {
            value = NextWord() & mask;
        }
        while (value > largest);
        return value;
    }

    /// <summary>Many draws of <see cref="NextBounded(uint)"/>, the same as one after the other.</summary>
    /// <param name="largest">The largest value, below 2^31.</param>
    /// <param name="values">What is drawn.</param>
    public void NextBounded(uint largest, Span<int> values)
    {
        if (largest == 0)
        {
            values.Clear();
            return;
        }

        uint mask = MaskOf(largest);
        int drawn = 0;
        while (drawn < values.Length)
        {
            RequireWords();
            // Half of the words may be rejected, at random: a branch would be foretold wrongly as often. So each is stored, and the next stored over it if it was too large.
            int turns = Math.Min(MersenneTwister.BlockLength - _position, values.Length - drawn);
            foreach (uint word in _twister.Block.Slice(_position, turns))
            {
                uint value = word & mask;
                values[drawn] = (int)value;
                drawn += value <= largest ? 1 : 0;
            }

            _position += turns;
        }
    }

    /// <summary>Shuffles in place: <c>shuffle</c>.</summary>
    /// <param name="items">What to shuffle.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)NextBounded((uint)i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The numbers 0 to count - 1, shuffled: <c>permutation</c>.</summary>
    /// <param name="count">How many.</param>
    public int[] Permutation(int count)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        Shuffle(items.AsSpan());
        return items;
    }

    private static uint MaskOf(uint largest) => uint.MaxValue >> BitOperations.LeadingZeroCount(largest);

    private void RequireWords()
    {
        if (_position < MersenneTwister.BlockLength)
            return;
        _twister.Advance();
        _position = 0;
    }
}
