using System.Diagnostics;
using System.Text.Json;
using STUNet.Core;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels;

/// <summary>All op cases in a process of its own in which the runtime was told not to use some instructions.</summary>
public sealed class InstructionSetTests
{
    [Theory]
    [InlineData("", SimdLevel.Avx512)]
    [InlineData("DOTNET_EnableAVX512", SimdLevel.Avx2)]
    [InlineData("DOTNET_EnableAVX2", SimdLevel.Portable)]
    [InlineData("DOTNET_EnableHWIntrinsic", SimdLevel.Portable)]
    public void OpRunner_InstructionsSwitchedOff_PrefersTheNextBestKernelsAndIsAccurate(string disabled, SimdLevel highest)
    {
        using CpuDevice here = new(1);
        SimdLevel expected = (SimdLevel)Math.Min((int)here.Caps.Simd, (int)highest);
        JsonElement[] results = Run(disabled);
        Assert.Equal(OpCatalog.TestCases.Count(), results.Count(IsPreferred));
        foreach (JsonElement result in results)
        {
            double error = result.GetProperty("error").GetDouble();
            double tolerance = result.GetProperty("tolerance").GetDouble();
            Assert.True(error <= tolerance, $"{disabled}: {result}");
            Assert.Equal(expected.ToString(), result.GetProperty("simd").GetString());
        }

        // Ops over whole 16-channel vectors: the widest kernels fit, so the name must say so.
        string[] vectorised = ["add", "argmax", "instance_norm_apply", "instance_norm_statistics", "leaky_relu", "softmax"];
        JsonElement[] wide = [.. results.Where(result =>
            IsPreferred(result) && vectorised.Contains(result.GetProperty("op").GetString()) && result.GetProperty("channels").GetInt32() % 16 == 0)];
        Assert.NotEmpty(wide);
        Assert.All(wide, result => Assert.EndsWith(expected.ToString(), result.GetProperty("kernel").GetString(), StringComparison.Ordinal));
    }

    private static bool IsPreferred(JsonElement result) => result.GetProperty("preferred").GetBoolean();

    private static JsonElement[] Run(string disabled)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "STUNet.OpRunner.dll")]) { RedirectStandardOutput = true };
        if (disabled.Length > 0)
            start.Environment[disabled] = "0";
        using Process process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
