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
}
