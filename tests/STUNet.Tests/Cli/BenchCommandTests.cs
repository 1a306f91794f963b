using System.Text.Json;
using STUNet.Cli;

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

    /// <summary>Works on a machine without any GPU or driver.</summary>
    [Fact]
    public void Bench_PlanOnlyInHalfPrecision_CompilesAndPutsNearlyAllOnTensorCores()
    {
        string[] line = ["bench", "--size", "S", "--dtype", "f16"];
        CliRun run = CliRun.Of([.. line, "--device", "cuda", "--plan-only"]).Succeeded();
        Assert.Matches(@"\d+ kernel bodies compiled to PTX", run.Output);
        Assert.Matches(@"Tensor-core share: (99\.\d|100\.0) %", run.Output);
        Assert.Matches(@"Tensor-core share: 0\.0 %", CliRun.Of("bench", "--size", "S", "--device", "cuda", "--plan-only").Succeeded().Output);
        CliRun.Of(line).FailedWith(ExitCode.Usage, "--dtype f16", "--device cuda");
    }

    [Fact]
    public void Bench_TrainingStep_TimesLossesGradientsAndUpdates()
    {
        string[] line = ["bench", "--training", "--size", "custom", "--dims", "4,8,8", "--depth", "1", "--strides", "2x2x2/2x2x2", "--classes", "3", "--patch", "16", "--batch", "3"];
        JsonElement result = CliRun.Of([.. line, "--runs", "2", "--json"]).Succeeded().Json;
        JsonElement[] steps = [.. result.GetProperty("steps").EnumerateArray()];
        foreach (string op in (string[])["conv3d_weight_gradient ", "segmentation_loss_gradient ", "global_norm", "sgd"])
            Assert.Contains(steps, step => step.GetProperty("problem").GetString()!.StartsWith(op, StringComparison.Ordinal));
        Assert.All(steps, step => Assert.True(step.GetProperty("milliseconds").GetDouble() >= 0));
        Assert.Equal(3, result.GetProperty("batch").GetInt32());
        JsonElement planned = CliRun.Of([.. line, "--plan-only", "--json"]).Succeeded().Json;
        Assert.Equal(result.GetProperty("arenaBytes").GetInt64(), planned.GetProperty("arenaBytes").GetInt64());
        Assert.Equal(steps.Select(Kernel), planned.GetProperty("steps").EnumerateArray().Select(Kernel));
        // Images and the labels of the only scale whose loss has a weight.
        Assert.Equal(3 * 16 * 16 * 16 * (sizeof(float) + 1), planned.GetProperty("inputBytes").GetInt64());
        CliRun.Of(["bench", "--size", "S", "--batch", "2"]).FailedWith(ExitCode.Usage, "--batch", "--training");
        CliRun.Of(["bench", "--size", "S", "--recompute", "blocks"]).FailedWith(ExitCode.Usage, "--recompute", "--training");

        static string Kernel(JsonElement step) => $"{step.GetProperty("step").GetString()} {step.GetProperty("kernel").GetString()}";
    }

    /// <summary>The largest network's training step on one card, planned without one.</summary>
    [Fact]
    public void Bench_TrainingPlanOfTheLargestNetwork_FitsOneCardOf80Gigabytes()
    {
        JsonElement plan = CliRun.Of("bench", "--size", "H", "--training", "--device", "cuda", "--dtype", "bf16", "--plan-only", "--json").Succeeded().Json;
        long bytes = ((string[])["arenaBytes", "inputBytes", "parameterBytes"]).Sum(name => plan.GetProperty(name).GetInt64());
        Assert.InRange(bytes, 1L << 30, 79_000_000_000);
        Assert.InRange(plan.GetProperty("tensorCoreShare").GetDouble(), 99, 100);
    }

    [Fact]
    public void Bench_RoundedFactorsWhereNothingMayRound_AreRefused()
    {
        CliRun.Of("bench", "--size", "S", "--dtype", "tf32").FailedWith(ExitCode.Usage, "--dtype tf32 needs a GPU");
        CliRun.Of("bench", "--size", "S", "--dtype", "tf32", "--device", "cuda", "--plan-only", "--exact").FailedWith(ExitCode.Usage, "--exact", "--dtype tf32");
    }

    [Theory]
    [InlineData("bench", "--size", "S", "--tune")]
    [InlineData("bench", "--size", "S", "--tune", "--device", "cuda", "--plan-only")]
    public void Tune_WithoutAGpu_IsRefused(params string[] line) => CliRun.Of(line).FailedWith(ExitCode.Usage, "--tune measures on a GPU");

    [Fact]
    public void Bench_ExactAndPreferred_DecideAboutTheKernels()
    {
        string[] network = ["bench", "--size", "S", "--classes", "3", "--patch", "32x32x32", "--runs", "1"];
        Assert.Contains(Kernels([.. network, "--json"]), IsWinograd);
        Assert.DoesNotContain(Kernels([.. network, "--exact", "--json"]), IsWinograd);
        string[] preferred = [.. Kernels([.. network, "--prefer", "winograd2x2x2", "--json"]).Where(IsWinograd)];
        Assert.NotEmpty(preferred);
        Assert.All(preferred, kernel => Assert.Contains("Winograd2x2x2", kernel, StringComparison.Ordinal));
        Assert.Contains("ForwardDirect", CliRun.Of([.. network, "--explain"]).Succeeded().Output.Split("kernels by predicted time")[1], StringComparison.Ordinal);

        static bool IsWinograd(string kernel) => kernel.Contains("Winograd", StringComparison.Ordinal);
        static string[] Kernels(string[] args) =>
            [.. CliRun.Of(args).Succeeded().Json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("kernel").GetString()!)];
    }
}
