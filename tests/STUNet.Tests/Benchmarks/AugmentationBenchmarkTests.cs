namespace STUNet.Tests.Benchmarks;

public sealed class AugmentationBenchmarkTests
{
    [Theory]
    [InlineData("16x16x32")]
    [InlineData("16x64x64")]
    public void Augmentation_TinyPatch_TimesEveryStepAndWholeSamples(string patch)
    {
        BenchRun run = BenchRun.Of("augmentation", "--patch", patch, "--samples", "4", "--repeats", "1", "--workers", "2");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("gamma", run.Output);
        Assert.Contains("(4 samples, 2 workers)", run.Output);
    }
}
