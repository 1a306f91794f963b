namespace STUNet.Training;

/// <summary>
/// NumPy's legacy <c>RandomState</c>: the 32-bit Mersenne Twister MT19937 and the draws nnU-Net makes of it. Splits, class locations and fingerprints
/// are reproducible only with the same bits.
/// </summary>
/// <remarks>Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).</remarks>
public sealed class NumpyRandom
{
    private const int Words = 624;
    private const int Middle = 397;
    private readonly uint[] _state = new uint[Words];
    private int _position = Words;

    /// <summary>Starts the sequence of <c>RandomState(seed)</c>.</summary>
    /// <param name="seed">The seed.</param>
    public NumpyRandom(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Words; i++)
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
    }

    /// <summary>The next 32 bits.</summary>
    public uint NextWord()
    {
        if (_position == Words)
            Regenerate();
        uint word = _state[_position++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C5680u;
        word ^= (word << 15) & 0xEFC60000u;
        return word ^ (word >> 18);
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
        uint mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(largest);
        uint value;
        do
        {
            value = NextWord() & mask;
        }
        while (value > largest);
        return value;
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

    private void Regenerate()
    {
        for (int i = 0; i < Words; i++)
        {
            uint joined = (_state[i] & 0x80000000u) | (_state[(i + 1) % Words] & 0x7FFFFFFFu);
            _state[i] = _state[(i + Middle) % Words] ^ (joined >> 1) ^ ((joined & 1) == 0 ? 0 : 0x9908B0DFu);
        }

        _position = 0;
    }
}
