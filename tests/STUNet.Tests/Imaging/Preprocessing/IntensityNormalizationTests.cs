using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class IntensityNormalizationTests
{
    [Fact]
    public void Apply_Ct2WithoutIntensitiesBetweenThePercentiles_IsRefusedInsteadOfGivingNaN()
    {
        using WorkerPool pool = new(1);
        float[] image = [0, 0.5f, 1];
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(() => IntensityNormalization.Apply(
            image, NormalizationScheme.Ct2, default, new IntensityStatistics(100, 50, 10, 300), pool));
        Assert.Contains("between 10 and 300", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_RgbOutsideOfBytes_IsRefused()
    {
        using WorkerPool pool = new(1);
        Assert.Throws<InvalidRequestException>(() => IntensityNormalization.Apply(new float[] { 0, 256 }, NormalizationScheme.RgbTo01, default, null, pool));
    }

    [Fact]
    public void Apply_ConstantImage_GivesZeros()
    {
        using WorkerPool pool = new(2);
        float[] image = [.. Enumerable.Repeat(7.25f, 70_000)];
        IntensityNormalization.Apply(image, NormalizationScheme.NonCt, default, null, pool);
        Assert.All(image, value => Assert.Equal(0, value));
    }

    public static TheoryData<NormalizationScheme, int, bool> Images
    {
        get
        {
            TheoryData<NormalizationScheme, int, bool> data = [];
            foreach (NormalizationScheme scheme in Enum.GetValues<NormalizationScheme>())
            {
                foreach (int length in new[] { 5, 8, 70_003 })
                {
                    data.Add(scheme, length, false);
                    data.Add(scheme, length, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Apply_AnyScheme_EqualsPlainLoopsForAnyNumberOfWorkers(NormalizationScheme scheme, int length, bool masked)
    {
        Random random = new(length);
        float[] image = [.. Enumerable.Range(0, length).Select(_ => (float)(random.NextDouble() * 255))];
        sbyte[] outside = masked ? [.. Enumerable.Range(0, length).Select(i => (sbyte)(i % 7 == 3 || i / 100 % 3 == 1 ? -1 : 0))] : [];
        IntensityStatistics dataset = new(Mean: 120, StandardDeviation: 60, Percentile005: 30, Percentile995: 200);
        double[] expected = Expected(image, outside, scheme, dataset);
        double scale = expected.Max(Math.Abs);
        float[]? first = null;
        foreach (int workers in new[] { 1, 3 })
        {
            using WorkerPool pool = new(workers);
            float[] actual = [.. image];
            IntensityNormalization.Apply(actual, scheme, outside, dataset, pool);
            for (int i = 0; i < length; i++)
                Assert.Equal(expected[i], actual[i], scale / (1 << 23));
            Assert.Equal(first ??= actual, actual);
        }
    }

    private static double[] Expected(float[] image, sbyte[] outside, NormalizationScheme scheme, IntensityStatistics dataset)
    {
        bool isCt = scheme is NormalizationScheme.Ct or NormalizationScheme.CtVersion2 or NormalizationScheme.Ct2;
        bool IsOutside(int i) => outside.Length > 0 && outside[i] < 0;
        double[] clipped = [.. image.Select(value => isCt ? Math.Clamp(value, dataset.Percentile005, dataset.Percentile995) : value)];
        double[] counted = scheme == NormalizationScheme.Ct2
            ? [.. clipped.Where((_, i) => image[i] > dataset.Percentile005 && image[i] < dataset.Percentile995)]
            : [.. clipped.Where((_, i) => !IsOutside(i))];
        double mean = counted.Average();
        double std = Math.Sqrt(counted.Average(value => (value - mean) * (value - mean)));
        (double shift, double divisor) = scheme switch
        {
            NormalizationScheme.NonCt => (mean, std + 1e-8),
            NormalizationScheme.ZScore or NormalizationScheme.Ct2 => (mean, std),
            NormalizationScheme.Ct or NormalizationScheme.CtVersion2 => (dataset.Mean, dataset.StandardDeviation),
            NormalizationScheme.RescaleTo01 => (image.Min(), image.Max() - image.Min()),
            NormalizationScheme.RgbTo01 => (0, 255),
            _ => (0, 1),
        };
        bool becomesZero = scheme is NormalizationScheme.NonCt or NormalizationScheme.Ct or NormalizationScheme.Ct2;
        bool stays = scheme is NormalizationScheme.ZScore or NormalizationScheme.None;
        return [.. clipped.Select((value, i) => IsOutside(i) && becomesZero ? 0 : IsOutside(i) && stays ? image[i] : (value - shift) / divisor)];
    }
}
