using System.Text.Json;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Golden;

namespace STUNet.Tests.Gpu.Bundle;

/// <summary>The GPU bundle's program and script: parts on the OpenCL device in small sizes, and how the script goes on after failures and with what has been done.</summary>
public sealed class GpuBundleTests
{
    private static readonly string[] OpenClQuick = ["--device", GpuDevice.OpenCL, "--quick"];

    [Fact]
    public void Run_PartsOnOpenCl_PassAndLeaveResultsAndATable()
    {
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Of(
            GpuBundleRun.Program, folder, [.. OpenClQuick, "--part", "device", "--part", "ptx", "--part", "patch-S", "--part", "layers-S", "--part", "memcheck"]);
        Assert.True(run.Code == 0, run.Output);
        Assert.Contains("layers-S: passed", run.Output);
        Assert.Contains("memcheck: skipped: compute-sanitizer checks CUDA only", run.Output);
        Assert.Matches("patch S +f32 +[0-9.]+ +[0-9.]+", run.Output);
        JsonElement[] layers = Lines(folder, "layers-S");
        // The distinct convolutions of the network and what lies between them.
        Assert.True(layers.Length > 40, $"{layers.Length} layers");
        Assert.All(layers, layer => Assert.True(layer.GetProperty("ms_median").GetDouble() > 0 && layer.GetProperty("kernel").GetString() is { Length: > 0 }));
        Assert.Equal("opencl:0", Assert.Single(Lines(folder, "device")).GetProperty("id").GetString());
        Assert.True(Assert.Single(Lines(folder, "ptx")).GetProperty("bodies").GetInt32() > 30);
        Assert.True(Assert.Single(Lines(folder, "patch-S")).GetProperty("activation_bytes").GetInt64() > 0);
    }

    [Fact]
    public void Ops_TinyCasesOnOpenCl_AreWithinTheirTolerances()
    {
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Of(GpuBundleRun.Program, folder, [.. OpenClQuick, "--part", "ops", "--part", "goldens"]);
        Assert.True(run.Code == 0, run.Output);
        JsonElement[] families = Lines(folder, "ops");
        foreach (string name in (string[])["conv3d", "data gradient", "weight gradient", "head_accumulate"])
            Assert.Contains(families, family => family.GetProperty("family").GetString() == $"{name} by tiles, f16");
        Assert.Contains(families, family => family.GetProperty("family").GetString() == "instance_norm_gradient, f16");
        Assert.All(families, family => Assert.True(family.GetProperty("runs").GetInt32() > 0 && family.GetProperty("failed").GetInt32() == 0));
        if (GoldenSet.Main is null)
            Assert.Contains("goldens: skipped", run.Output);
        else
            Assert.All(Lines(folder, "goldens"), golden => Assert.True(golden.GetProperty("passed").GetBoolean()));
    }

    /// <summary>In f16: other tests compile its kernels too.</summary>
    [Fact]
    public void Training_Binary16OnOpenCl_IsTimedByEvents()
    {
        LongTests.Require("tunes and times a training step, three quarters of a minute");
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        JsonElement step = Assert.Single(TrainingPart(folder, "training"));
        Assert.Equal(("f16", "OpenCL events"), (step.GetProperty("arithmetic").GetString(), step.GetProperty("clock").GetString()));
        Assert.True(step.GetProperty("ms_median").GetDouble() > 0 && step.GetProperty("host_ms_median").GetDouble() > 0);
        Assert.True(step.GetProperty("loss_factor").GetDouble() > 1, "binary16 is trained without a factor on the loss");
    }

    [Fact]
    public void Backward_Binary16OnOpenCl_IsTimedGradientByGradient()
    {
        LongTests.Require("tunes and times every gradient of a step, half a minute");
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        JsonElement[] gradients = TrainingPart(folder, "backward");
        Assert.All(gradients, layer => Assert.Equal(("f16", "OpenCL events"), (layer.GetProperty("arithmetic").GetString(), layer.GetProperty("clock").GetString())));
        // Convolutions of stride 1 take their data gradient as a convolution, those of stride 2 by phases.
        foreach (string kernel in (string[])["WeightGradientTensorF16_", "WeightGradientGatherTensorF16_", "DataGradientTensorF16_", "ForwardTensorF16_"])
            Assert.Contains(gradients, layer => layer.GetProperty("kernel").GetString()!.StartsWith(kernel, StringComparison.Ordinal) && layer.GetProperty("tensor_cores").GetBoolean());
        Assert.DoesNotContain(gradients, layer => layer.GetProperty("problem").GetString()!.StartsWith("conv3d n2ic1o", StringComparison.Ordinal)); // the first layer, before the losses
    }

    /// <summary>The demo model on a patch of its phantom, and a tiny network in the place of STU-Net-B.</summary>
    [Fact]
    public void Volumes_OnOpenCl_AreWithinTheirBarsAndTimedFromFileToFile()
    {
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Of(GpuBundleRun.Program, folder, [.. OpenClQuick, "--part", "volumes"]);
        Assert.True(run.Code == 0, run.Output);
        Assert.Matches("phantom_01_0000 +demo +opencl:0 +f16 +f32 +[0-9.]+", run.Output);
        JsonElement[] lines = Lines(folder, "volumes");
        Assert.Equal(
            ["demo cpu f32", "demo opencl:0 f32", "demo opencl:0 f16", "tiny opencl:0 f16"],
            lines.Select(line => $"{line.GetProperty("model")} {line.GetProperty("device")} {line.GetProperty("arithmetic")}"));
        Assert.All(lines[1..3], line => Assert.InRange(line.GetProperty("agreement").GetDouble(), 0.999, 1));
        Assert.Equal("f32 cpu", lines[1].GetProperty("beside").GetString());
        // Labels of fewer bits that all are those of float32 would be float32's own.
        Assert.InRange(lines[2].GetProperty("different_voxels").GetInt64(), 1, 305);
        Assert.All(lines, line =>
        {
            Assert.InRange(line.GetProperty("outside_network").GetDouble(), double.Epsilon, 1);
            double steps = line.GetProperty("steps_s").EnumerateObject().Sum(step => step.Value.GetDouble());
            Assert.Equal(line.GetProperty("seconds").GetDouble(), steps, 1e-6);
        });
    }

    [Fact]
    public void Volumes_WithoutTheirFiles_AreSkippedWithTheReason()
    {
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Script("-c", GpuBundleRun.Program, [$"STUNET_VOLUMES='{folder.Path}' '{GpuBundleRun.Program}' volumes"]);
        Assert.Equal(4, run.Code);
        Assert.Contains("skipped: the demo model or its phantom is absent", run.Output);
    }

    [Fact]
    public void Report_OfVolumes_NamesWhatIsOverABarAndWhatFailed()
    {
        string report = Report("volumes", """
            {"part":"volumes","volume":"example_ct","model":"demo","device":"cuda:0","arithmetic":"bf16","beside":"f32","agreement":0.9975,"different_voxels":3451,"dice_apart":0.0062,"has_bars":false,"failure":null}
            {"part":"volumes","volume":"example_ct","model":"B","device":"cuda:0","arithmetic":"f16","seconds":4,"outside_network":0.25,"most_outside_network":0.15,"failure":null}
            {"part":"volumes","volume":"phantom_01_0000","model":"demo","device":"cuda:0","arithmetic":"f16","failure":"the second run gave other labels"}
            {"part":"volumes","volume":"real CT","absent":"there is none"}
            """);
        Assert.Matches("example_ct +demo +cuda:0 +bf16 +f32 +99.7500 +3451 +0.00620 +- +-  no bar", report);
        Assert.Matches("example_ct +B +cuda:0 +f16 +- +- +- +- +4.000 +25.0  over 15 %", report);
        Assert.Contains("FAILED: the second run gave other labels", report);
        Assert.Contains("not measured: there is none", report);
    }

    /// <summary>One step bound by products at half of its roofline, one bound by memory at 90 %, and one at 10 % that the network has twice.</summary>
    [Fact]
    public void Report_OfLayers_TellsTheirShareOfTheRooflineAndWhichAreUnderIt()
    {
        string report = Report("layers", """
            {"part":"peak","arithmetic":"f16","kernel":"fast","problem":"product","ms_median":1,"tflops":600,"gbs":10}
            {"part":"peak","arithmetic":"memory","kernel":"sum","problem":"add","ms_median":1,"tflops":1,"gbs":2000}
            {"part":"layers","size":"S","arithmetic":"f16","kernel":"a","problem":"wide","ms_median":3,"tflops":300,"gbs":200,"times_in_network":1}
            {"part":"layers","size":"S","arithmetic":"f16","kernel":"b","problem":"thin","ms_median":1,"tflops":6,"gbs":1800,"times_in_network":1}
            {"part":"layers","size":"S","arithmetic":"f16","kernel":"c","problem":"slow","ms_median":2,"tflops":60,"gbs":100,"times_in_network":2}
            """);
        Assert.Matches("layer S +f16 +3.000 +300.00 +50.0 +50 +200 .* a wide", report);
        Assert.Matches("layer S +f16 +1.000 +6.00 +1.0 +90 +1800 .* b thin", report);
        Assert.Matches("layer S +f16 +2.000 +60.00 +10.0 +10 +100 .* c slow", report);
        Assert.Matches("layer S +f16 +1 of 3 distinct steps are under 40 % of their roofline, 50 % of the time", report);
    }

    [Fact]
    public void Trajectory_OnOpenCl_IsMeasured()
    {
        LongTests.Require("two training steps in float32 and binary16, a minute of PoCL's compiler");
        _ = OpenCl.Device;
        Assert.SkipUnless(GoldenSet.Main is not null, "the goldens are absent");
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Of(GpuBundleRun.Program, folder, [.. OpenClQuick, "--part", "trajectory"]);
        Assert.True(run.Code == 0, run.Output);
        JsonElement line = Lines(folder, "trajectory").Single();
        Assert.Equal(("f16", 2), (line.GetProperty("arithmetic").GetString(), line.GetProperty("steps").GetInt32()));
        Assert.InRange(line.GetProperty("loss_distance").GetDouble(), 1e-7, 1e-2);
    }

    [Fact]
    public void Report_OfTrajectories_ComparesThemWithPyTorchs()
    {
        string report = Report("trajectory", """
            {"part":"trajectory","arithmetic":"f16","steps":10,"loss_distance":0.002}
            {"part":"trajectory","arithmetic":"bf16","steps":10,"loss_distance":0.002}
            {"part":"trajectory","arithmetic":"tf32","steps":10,"loss_distance":0.002}
            {"part":"torch","job":"trajectory","device":"H100","arithmetic":"f16","loss_distance":0.001}
            {"part":"torch","job":"trajectory","device":"H100","arithmetic":"bf16","loss_distance":0.004}
            """);
        Assert.Contains("10 training steps in f16: losses at most 2.00E-003 from float32's; PyTorch's AMP 1.00E-003: FURTHER", report);
        Assert.Contains("in bf16: losses at most 2.00E-003 from float32's; PyTorch's AMP 4.00E-003: within", report);
        Assert.Contains("in tf32: losses at most 2.00E-003 from float32's; PyTorch's AMP was not run", report);
    }

    [Fact]
    public void Run_NoGraphs_TellsTheProgram()
    {
        using TemporaryFolder folder = new();
        string program = Fake(folder, "echo \"graphs $STUNET_CUDA_GRAPHS.\"");
        Assert.Contains("graphs .", GpuBundleRun.Of(program, folder, "--part", "patch-S").Output);
        Assert.Contains("graphs 0.", GpuBundleRun.Of(program, folder, "--part", "patch-S", "--no-graphs").Output);
    }

    [Fact]
    public void Run_FailingAndHangingParts_DoNotStopTheOthersAndAreRunAgain()
    {
        using TemporaryFolder folder = new();
        string program = Fake(folder, "case $1 in ops) exit 1 ;; kernels) sleep 60 ;; goldens) echo 'skipped: none here'; exit 4 ;; *) echo \"did $*\" ;; esac");
        string[] parts = [.. ((string[])["device", "ptx", "kernels", "ops", "goldens", "peak"]).SelectMany(part => (string[])["--part", part])];
        GpuBundleRun run = GpuBundleRun.Of(program, folder, [.. parts, "--budget", "6"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("device: passed", run.Output);
        Assert.Matches("kernels: FAILED, stopped after [4-6] s", run.Output);
        Assert.Contains("ops: NOT RUN, the time is up", run.Output);
        run = GpuBundleRun.Of(Fake(folder, "case $1 in ops) exit 1 ;; goldens) echo 'skipped: none here'; exit 4 ;; *) echo \"did $*\" ;; esac"), folder, parts);
        Assert.Equal(1, run.Code);
        Assert.Contains("ops: FAILED, exit code 1", run.Output);
        Assert.Contains("goldens: skipped: none here", run.Output);
        Assert.Contains("peak: passed", run.Output);
        Assert.Contains("did peak --device cuda --json", run.Output);
    }

    [Fact]
    public void Run_Whole_RepeatsOnlyWhatHasNotPassed()
    {
        using TemporaryFolder folder = new();
        GpuBundleRun first = GpuBundleRun.Of(Fake(folder, "[ $1 != ops ] && echo \"did $*\""), folder, OpenClQuick[..2]);
        Assert.Equal(1, first.Code);
        Assert.Contains("did training --size H --device opencl", first.Output);
        GpuBundleRun second = GpuBundleRun.Of(Fake(folder, "echo \"did $*\""), folder, OpenClQuick[..2]);
        Assert.Contains("did ops", second.Output);
        Assert.DoesNotContain("did device", second.Output);
        Assert.Contains("(in an earlier call)", second.Output);
    }

    [Theory]
    [InlineData("--part nothing", "there is no part nothing")]
    [InlineData("--bogus", "unknown option --bogus")]
    public void Run_WrongUsage_SaysSo(string arguments, string named)
    {
        using TemporaryFolder folder = new();
        GpuBundleRun run = GpuBundleRun.Of(Fake(folder, "exit 0"), folder, arguments.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Contains(named, run.Output);
    }

    [Fact]
    public void Peer_Network_EqualsTheGoldens()
    {
        Assert.SkipWhen(GoldenSet.Main is null, GoldenSet.AbsentReason);
        GpuBundleRun torch = GpuBundleRun.Script("-c", null, ["/usr/bin/python3 -c 'import torch'"]);
        Assert.SkipUnless(torch.Code == 0, "/usr/bin/python3 has no PyTorch here");
        GpuBundleRun run = GpuBundleRun.Script("-c", null, [$"PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 '{GpuBundleRun.Folder}/peer_torch.py' check --goldens '{GoldenSet.Main!.Folder}'"]);
        Assert.True(run.Code == 0, run.Output);
        Assert.Contains("17 tensors of peer_network.py equal the stored ones", run.Output);
    }

    /// <summary>Publishes, unpacks elsewhere, and runs the trimmed build whole.</summary>
    [Fact]
    public void Publish_Bundle_RunsWholeOnOpenCl()
    {
        LongTests.Require("publishes 50 MB and runs for minutes");
        _ = OpenCl.Device;
        using TemporaryFolder folder = new();
        GpuBundleRun published = GpuBundleRun.Script(Path.Combine(GpuBundleRun.Folder, "publish.sh"), null, [folder["bundle.tar.gz"]]);
        Assert.True(published.Code == 0, published.Output);
        Assert.Equal(0, GpuBundleRun.Script("-c", null, [$"mkdir '{folder["there"]}' && tar xzf '{folder["bundle.tar.gz"]}' -C '{folder["there"]}'"]).Code);
        GpuBundleRun run = GpuBundleRun.Script(folder["there/stunet-gpu/run.sh"], null, [.. OpenClQuick, "--out", folder["results"]]);
        Assert.True(run.Code == 0, run.Output);
        Assert.Contains("volumes: passed", run.Output);
        Assert.Contains("training-S: passed", run.Output);
        Assert.Contains("backward-S: passed", run.Output);
        foreach (string type in (string[])["f16", "bf16", "f32"])
            Assert.Contains(Lines(folder, "training-S"), line => line.GetProperty("arithmetic").GetString() == type && line.GetProperty("ms_median").GetDouble() > 0);
    }

    // What the table says of a part's results.
    private static string Report(string part, string lines)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[$"{part}.jsonl"], lines);
        GpuBundleRun run = GpuBundleRun.Script("-c", GpuBundleRun.Program, [$"'{GpuBundleRun.Program}' report '{folder.Path}'"]);
        Assert.True(run.Code == 0, run.Output);
        return run.Output;
    }

    private static JsonElement[] TrainingPart(TemporaryFolder folder, string part)
    {
        Directory.CreateDirectory(folder["results"]);
        GpuBundleRun run = GpuBundleRun.Script(
            "-c", GpuBundleRun.Program, [$"'{GpuBundleRun.Program}' {part} {string.Join(' ', OpenClQuick)} --numbers f16 --json '{folder["results"]}/{part}.jsonl'"]);
        Assert.True(run.Code == 0, run.Output);
        return Lines(folder, part);
    }

    private static JsonElement[] Lines(TemporaryFolder folder, string part) =>
        [.. File.ReadLines(Path.Combine(folder["results"], $"{part}.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Fake(TemporaryFolder folder, string body)
    {
        string path = folder["program"];
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
