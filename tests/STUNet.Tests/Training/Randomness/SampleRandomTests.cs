using STUNet.Training;

namespace STUNet.Tests.Training.Randomness;

public sealed class SampleRandomTests
{
    private const int Draws = 100_000;

    [Fact]
    public void NextWord_OfSeedZero_EqualsTheAuthorsCode()
    {
        // SplitMix64 from 0 gives e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec; xoshiro256** starts with rotl(s1 * 5, 7) * 9.
        ulong s1 = 0x6E789E6AA1B965F4;
        SampleRandom random = new(0);
        Assert.Equal(ulong.RotateLeft(s1 * 5, 7) * 9, random.NextWord());
        ulong s1Next = s1 ^ 0x06C45D188009454F ^ 0xE220A8397B1DCDAF;
        Assert.Equal(ulong.RotateLeft(s1Next * 5, 7) * 9, random.NextWord());
    }

    [Fact]
    public void Sequence_OfSeedEpochAndSample_RepeatsAndDiffersFromItsNeighbours()
    {
        static ulong First(ulong seed, int epoch, long sample) => new SampleRandom(seed, epoch, sample).NextWord();
        ulong[] words = [First(1, 0, 0), First(1, 0, 1), First(1, 1, 0), First(2, 0, 0), First(0, 1, 1)];
        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.Equal(words[0], First(1, 0, 0));
    }

    [Fact]
    public void Integer_EveryValue_IsEquallyOften()
    {
        SampleRandom random = new(3);
        int[] counts = new int[7];
        for (int i = 0; i < Draws; i++)
            counts[random.Integer(-3, 3) + 3]++;

        // Five standard deviations of a binomial count.
        double deviation = Math.Sqrt(Draws * (1.0 / 7) * (6.0 / 7));
        Assert.All(counts, count => Assert.InRange(count, Draws / 7.0 - 5 * deviation, Draws / 7.0 + 5 * deviation));
    }

    [Fact]
    public void Integer_WholeRange_DoesNotOverflow()
    {
        SampleRandom random = new(4);
        int[] values = [.. Enumerable.Range(0, 100).Select(_ => random.Integer(int.MinValue, int.MaxValue))];
        Assert.Contains(values, value => value < -1_000_000_000);
        Assert.Contains(values, value => value > 1_000_000_000);
        Assert.Equal(5, random.Integer(5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Integer(1, 0));
    }

    [Fact]
    public void Gaussian_Moments_AreThoseOfTheNormalDistribution()
    {
        SampleRandom random = new(5);
        double[] values = [.. Enumerable.Range(0, Draws).Select(_ => random.Gaussian())];

        // Five standard errors: 1, sqrt(2) and sqrt(96) over sqrt(n) for the first, second and fourth moment.
        double error = 5 / Math.Sqrt(Draws);
        Assert.Equal(0, values.Average(), error);
        Assert.Equal(1, values.Average(value => value * value), error * Math.Sqrt(2));
        Assert.Equal(3, values.Average(value => Math.Pow(value, 4)), error * Math.Sqrt(96));
    }
}
