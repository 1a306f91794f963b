using System.Text.Json;

namespace STUNet.Tests.Cli;

public sealed class BenchCommandTests
{
    [Fact]
    public void Bench_SmallModel_TimesEveryStepOfThePlan()
    {
        using CliFiles files = new();
        string model = files.Model();
        JsonElement result = CliRun.Of("bench", "--model", model, "--runs", "3", "--json").Succeeded().Json;
        JsonElement[] steps = [.. result.GetProperty("steps").EnumerateArray()];
        Assert.Contains(steps, step => step.GetProperty("problem").GetString()!.StartsWith("conv3d ", StringComparison.Ordinal));
        Assert.All(steps, step => Assert.False(string.IsNullOrEmpty(step.GetProperty("kernel").GetString())));
        Assert.All(steps, step => Assert.True(step.GetProperty("milliseconds").GetDouble() >= 0));
        Assert.True(result.GetProperty("totalMilliseconds").GetDouble() > 0);
        JsonElement plain = CliRun.Of("bench", "--model", model, "--runs", "1", "--plain", "--json").Succeeded().Json;
        Assert.True(plain.GetProperty("steps").GetArrayLength() > steps.Length);
    }
}
