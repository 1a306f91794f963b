using STUNet.Training;

namespace STUNet.Tests.Training.Randomness;

/// <summary>Check values of numpy 1.24 (training reference, section 2).</summary>
public sealed class NumpyRandomTests
{
    [Theory]
    [InlineData(12345u, new[] { 3992670690u, 3823185381u, 1358822685u, 561383553u, 789925284u })]
    [InlineData(1234u, new[] { 822569775u, 2137449171u, 2671936806u, 3512589365u, 1880026316u })]
    public void NextWord_OfSeed_EqualsNumpy(uint seed, uint[] expected)
    {
        NumpyRandom random = new(seed);
        Assert.Equal(expected, expected.Select(_ => random.NextWord()));
    }

    [Fact]
    public void NextWord_OfManyBlocks_EqualsThePlainRecurrence()
    {
        const int Words = 5 * 624;
        uint[] x = new uint[Words + 624];
        x[0] = 99;
        for (uint i = 1; i < 624; i++)
            x[i] = (1812433253u * (x[i - 1] ^ (x[i - 1] >> 30))) + i;
        for (int i = 0; i < Words; i++)
        {
            uint joined = (x[i] & 0x80000000u) | (x[i + 1] & 0x7FFFFFFFu);
            x[i + 624] = x[i + 397] ^ (joined >> 1) ^ (joined % 2 == 0 ? 0u : 0x9908B0DFu);
        }

        NumpyRandom random = new(99);
        Assert.Equal(x.Skip(624).Select(Tempered), Enumerable.Range(0, Words).Select(_ => random.NextWord()));

        static uint Tempered(uint word)
        {
            word ^= word >> 11;
            word ^= (word << 7) & 0x9D2C5680u;
            word ^= (word << 15) & 0xEFC60000u;
            return word ^ (word >> 18);
        }
    }

    [Theory]
    [InlineData(0u, 10)]
    [InlineData(1u, 1000)]
    [InlineData(4u, 700)]
    [InlineData(63u, 624)]
    [InlineData(1000u, 0)]
    [InlineData(1025u, 5000)]
    [InlineData(2147483647u, 1300)]
    public void NextBounded_ManyAtOnce_GivesWhatOneAfterTheOtherDoes(uint largest, int count)
    {
        (NumpyRandom many, NumpyRandom single) = (new(5), new(5));
        // From within a block, and leaving the generator at the same word.
        Assert.Equal(single.NextWord(), many.NextWord());
        int[] values = new int[count];
        many.NextBounded(largest, values);
        Assert.Equal(Enumerable.Range(0, count).Select(_ => (int)single.NextBounded(largest)), values);
        Assert.Equal(single.NextWord(), many.NextWord());
    }

    [Fact]
    public void Permutation_FirstOfHundred_EqualsChoiceWithoutReplacement() =>
        Assert.Equal([40, 35, 81, 61, 98, 68, 85, 27, 39, 42], new NumpyRandom(1234).Permutation(100)[..10]);

    [Fact]
    public void NextBounded_Zero_DrawsNothing()
    {
        NumpyRandom random = new(12345);
        Assert.Equal(0u, random.NextBounded(0));
        Assert.Equal(3992670690u, random.NextWord());
    }

    [Fact]
    public void NextDouble_OfSeed_JoinsTwoWords()
    {
        NumpyRandom words = new(7);
        double expected = (((words.NextWord() >> 5) * 67108864.0) + (words.NextWord() >> 6)) / 9007199254740992.0;
        Assert.Equal(expected, new NumpyRandom(7).NextDouble());
    }
}
