using System.Diagnostics;
using System.Text.Json;
using STUNet.Core;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels;

/// <summary>All op cases in a process of its own in which the runtime was told not to use some instructions.</summary>
public sealed class InstructionSetTests(InstructionSetTests.ExpectedResults expectedResults) : IClassFixture<InstructionSetTests.ExpectedResults>
{
    // Ops whose kernels need whole vectors of channels, and those whose kernels fit any channel count.
    private static readonly string[] WholeVectors = ["add", "argmax", "instance_norm_apply", "instance_norm_statistics", "leaky_relu", "softmax"];
    private static readonly string[] AnyChannels = ["conv3d", "gaussian_accumulate", "head_accumulate"];

    /// <summary>The switch that is off, and the highest level that leaves.</summary>
    public static TheoryData<string, SimdLevel> Switches => new()
    {
        { "", SimdLevel.Avx512 },
        { "DOTNET_EnableAVX512", SimdLevel.Avx2 },
        { "DOTNET_EnableAVX2", SimdLevel.Portable },
        { "DOTNET_EnableHWIntrinsic", SimdLevel.Portable },
    };

    [Theory]
    [MemberData(nameof(Switches))]
    public void OpRunner_InstructionsSwitchedOff_PrefersTheNextBestKernelsAndIsAccurate(string disabled, SimdLevel highest)
    {
        SimdLevel expected = AtMost(highest);
        JsonElement[] results = Run(disabled, "cases", expectedResults.Path);
        Assert.Equal(OpCatalog.TestCases.Count, results.Count(IsPreferred));
        foreach (JsonElement result in results)
        {
            double error = result.GetProperty("error").GetDouble();
            double tolerance = result.GetProperty("tolerance").GetDouble();
            Assert.True(error <= tolerance, $"{disabled}: {result}");
            Assert.Equal(expected.ToString(), result.GetProperty("simd").GetString());
        }

        // Where the widest kernels fit, the name must say so.
        JsonElement[] wide = [.. results.Where(result => IsPreferred(result) && IsWide(result))];
        Assert.Equal(AnyChannels.Concat(WholeVectors).Order(), wide.Select(OpOf).Distinct().Order());
        Assert.All(wide, result => Assert.EndsWith(expected.ToString(), KernelOf(result), StringComparison.Ordinal));

        bool IsWide(JsonElement result) => AnyChannels.Contains(OpOf(result))
            || (WholeVectors.Contains(OpOf(result)) && result.GetProperty("channels").GetInt32() % 16 == 0);
    }

    [Theory]
    [MemberData(nameof(Switches))]
    public void OpRunner_InstructionsSwitchedOff_PlansProfileNamesTheNextBestKernels(string disabled, SimdLevel highest)
    {
        // All channels of the profiled network are multiples of 16; nothing in it asks for the most probable class.
        string[] vectorised = [.. AnyChannels.Concat(WholeVectors).Except(["argmax"]).Order()];
        JsonElement[] steps = [.. Run(disabled, "profile").Where(step => vectorised.Contains(OpOf(step)))];
        Assert.Equal(vectorised, steps.Select(OpOf).Distinct().Order());
        Assert.All(steps, step => Assert.EndsWith(AtMost(highest).ToString(), KernelOf(step), StringComparison.Ordinal));
    }

    private static SimdLevel AtMost(SimdLevel highest)
    {
        using CpuDevice here = new(1);
        return (SimdLevel)Math.Min((int)here.Caps.Simd, (int)highest);
    }

    private static string OpOf(JsonElement result) => result.GetProperty("op").GetString()!;

    private static string KernelOf(JsonElement result) => result.GetProperty("kernel").GetString()!;

    private static bool IsPreferred(JsonElement result) => result.GetProperty("preferred").GetBoolean();

    private static JsonElement[] Run(string disabled, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "STUNet.OpRunner.dll"), .. arguments]) { RedirectStandardOutput = true };
        if (disabled.Length > 0)
            start.Environment[disabled] = "0";
        using Process process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>The references' results in a file, for the processes that compare with them.</summary>
    public sealed class ExpectedResults : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public ExpectedResults() => ReferenceResults.Save(Path);

        public string Path => _folder["expected"];

        public void Dispose() => _folder.Dispose();
    }
}
