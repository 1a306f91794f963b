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
