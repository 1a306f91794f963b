using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using STUNet.TestKit;

namespace STUNet.Tests.Benchmarks;

/// <summary>The benchmark commands at shapes so small that they only show that everything works; no time is asserted.</summary>
public sealed class BenchmarkCommandTests
{
    private static readonly string[] Tiny = ["--size", "S", "--patch", "16x16x32", "--classes", "2", "--threads", "2"];

    [Fact]
    public void Patch_WithOnnxRuntime_ReportsBothAndTheirAgreement()
    {
        using TemporaryFolder folder = new();
        JsonElement[] lines = BenchRun.Report(folder, ["patch", .. Tiny, "--runs", "2", "--peers", "onnxruntime", "--simd", "avx2"]);
        Assert.Equal(["ours", "onnxruntime"], lines.Select(line => line.GetProperty("engine").GetString()));
        Assert.All(lines, line =>
        {
            Assert.Equal("patch", line.GetProperty("bench").GetString());
            Assert.Equal("S", line.GetProperty("size").GetString());
            Assert.Equal(2, line.GetProperty("threads").GetInt32());
            Assert.True(line.GetProperty("median_s").GetDouble() > 0);
            Assert.True(line.GetProperty("gflops").GetDouble() > 0);
            Assert.True(line.GetProperty("peak_gflops").GetDouble() > 0);
            Assert.True(line.GetProperty("peak_rss_bytes").GetInt64() > 1 << 20);
            Assert.Equal("alternating", line.GetProperty("order").GetString());
        });
        Assert.Equal(1, lines[0].GetProperty("times_ours").GetDouble());
        Assert.Equal("avx2", lines[0].GetProperty("simd").GetString());
        Assert.DoesNotContain("Avx512", lines[0].GetProperty("version").GetString());
        Assert.InRange(lines[1].GetProperty("max_difference").GetDouble(), 0, 1e-4);
        BenchRun report = BenchRun.Of("report", folder["patch.jsonl"]);
        Assert.Equal(0, report.Code);
        Assert.Contains("| STU-Net-S, 16x16x32, 2 classes, avx2 |", report.Output);
        Assert.Contains("onnxruntime s", report.Output);
    }

    [Fact]
    public void Layers_WithOnnxRuntime_AgreeAlsoWithTwoSourcesAndUpsampling()
    {
        using TemporaryFolder folder = new();
        JsonElement[] lines = BenchRun.Report(folder, ["layers", .. Tiny, "--runs", "1", "--peers", "--filter", "src16+16_up"]);
        Assert.Equal(4, lines.Length); // the 3x3x3 and the 1x1x1 of the last decoder level, by two engines
        Assert.All(lines.Where(line => line.GetProperty("engine").GetString() == "onnxruntime"), line => Assert.InRange(line.GetProperty("max_difference").GetDouble(), 0, 1e-5));
        Assert.All(lines, line => Assert.False(string.IsNullOrEmpty(line.GetProperty("kernel").GetString())));
        Assert.Contains("_src16+16_up2x2x2 |", BenchRun.Of("report", folder["layers.jsonl"]).Output);
    }

    [Fact]
    public void Volume_Synthetic_SplitsTheTime()
    {
        using TemporaryFolder folder = new();
        JsonElement line = Assert.Single(BenchRun.Report(folder, ["volume", .. Tiny, "--volume", "8x8x16", "--step", "1"]));
        JsonElement stages = line.GetProperty("stages_s");
        Assert.Equal(
            ["reading", "cropping", "resampling", "normalisation", "network", "accumulator", "export", "writing", "other"], stages.EnumerateObject().Select(stage => stage.Name));
        Assert.Equal(line.GetProperty("median_s").GetDouble(), stages.EnumerateObject().Sum(stage => stage.Value.GetDouble()), 1e-9);
        Assert.Contains("outside the network", BenchRun.Of("report", folder["volume.jsonl"]).Output);
    }

    [Theory]
    [InlineData("patch --bogus", 2, "'--bogus'")]
    [InlineData("patch --size XL", 2, "--size XL")]
    [InlineData("layers --peers libtorch", 2, "--peers libtorch")]
    [InlineData("volume --step 0", 2, "--step 0")]
    [InlineData("report", 2, "--json")]
    [InlineData("report absent.jsonl", 3, "absent.jsonl")]
    public void Run_WrongUsage_IsOneLine(string line, int code, string named)
    {
        BenchRun run = BenchRun.Of(line.Split(' '));
        Assert.Equal(code, run.Code);
        Assert.Contains(named, Assert.Single(run.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void Patch_Interrupted_LeavesNoProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal by kill(1) and reads /proc");
        using Process process = BenchRun.Start(["patch", .. Tiny, "--runs", "100000", "--peers", "onnxruntime"]);
        int[] children;
        while ((children = ChildrenOf(process.Id)).Length < 2)
            Thread.Sleep(10);
        // SIGTERM reaches this process only, and no shell makes it ignored.
        Process.Start("kill", [$"{process.Id}"]).WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "still running a minute after the signal");
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain(children, child => Directory.Exists($"/proc/{child}"));
    }

    [Fact]
    public void Solution_LeavesOutWhatDownloadsHalfAGigabyte() =>
        Assert.DoesNotContain("Libtorch", File.ReadAllText(Path.Combine(RepositoryRoot.Path, "STUNet.Native.sln")));

    private static int[] ChildrenOf(int parent) => [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
}
