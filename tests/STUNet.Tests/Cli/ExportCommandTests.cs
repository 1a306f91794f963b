using Microsoft.ML.OnnxRuntime;
using STUNet.Cli;
using STUNet.Core;
using STUNet.TestKit.Ops;
using STUNet.Tests.WeightsConverter.Onnx;

namespace STUNet.Tests.Cli;

public sealed class ExportCommandTests
{
    [Fact]
    public void Export_Model_WritesAFileThatSaysWhatItIs()
    {
        using CliFiles files = new();
        string model = files.Model(channels: 2);
        CliRun run = CliRun.Of("export", "--model", model, "--onnx", files["net.onnx"]).Succeeded();
        Assert.Contains("output logits: 1x3x16x16x24", run.Output);
        Shape shape = new(1, 2, 16, 16, 24);
        Assert.Equal(["logits"], OnnxRun.WithOnnxRuntime(files["net.onnx"], shape, OpCase.Uniform(shape.Count, "image")).Keys);
        using InferenceSession session = new(files["net.onnx"]);
        Assert.Equal("STUNet.Native", session.ModelMetadata.ProducerName);
        Assert.Equal("[2,2,2]", session.ModelMetadata.CustomMetadataMap["spacing_mm_zyx"]);
        Assert.Contains("nonCT", session.ModelMetadata.CustomMetadataMap["channels"]);
    }

    [Fact]
    public void Export_SeededNetworkAtAPatchWithAllHeads_ReplacesTheFile()
    {
        using CliFiles files = new();
        File.WriteAllText(files["net.onnx"], "an older file");
        string[] outputs = [.. CliRun.Of(
            "export", "--size", "custom", "--dims", "4,8,8", "--strides", "2x2x2/1x2x2", "--classes", "3", "--patch", "4x8x8", "--all-heads", "--onnx", files["net.onnx"], "--json")
            .Succeeded().Json.GetProperty("outputs").EnumerateArray().Select(name => name.GetString()!)];
        Assert.Equal(["logits", "logits_1"], outputs);
        Shape shape = new(1, 1, 4, 8, 8);
        Assert.Equal(outputs, OnnxRun.WithOnnxRuntime(files["net.onnx"], shape, OpCase.Uniform(shape.Count, "image")).Keys);
    }

    [Fact]
    public void Export_BadInput_IsOneLineAndWritesNothing()
    {
        using CliFiles files = new();
        string model = files.Model();
        CliRun.Of("export", "--model", files["absent"], "--onnx", files["net.onnx"]).FailedWith(ExitCode.InputFile, "absent", "no such file");
        CliRun.Of("export", "--model", model, "--onnx", files["net.onnx"], "--fold", "3").FailedWith(ExitCode.Usage, "fold 3", "--fold");
        CliRun.Of("export", "--model", model, "--onnx", files["net.onnx"], "--patch", "15x16x24").FailedWith(ExitCode.Failed, "15x16x24", "divisible");
        CliRun.Of("export", "--model", model, "--onnx", files["none/net.onnx"]).FailedWith(ExitCode.Usage, "--onnx", "none", "create it");
        File.WriteAllBytes(files["model/fold_0.safetensors"], File.ReadAllBytes(files["model/fold_0.safetensors"])[..^4]);
        CliRun.Of("export", "--model", model, "--onnx", files["net.onnx"]).FailedWith(ExitCode.InputFile, "fold_0.safetensors", "truncated");
        Assert.False(File.Exists(files["net.onnx"]));
    }

    [Fact]
    public void Export_Cancelled_LeavesNothing()
    {
        using CliFiles files = new();
        string model = files.Model();
        CliRun.Of(new CancellationToken(canceled: true), "export", "--model", model, "--onnx", files["out.onnx"]).FailedWith(ExitCode.Cancelled, "cancelled");
        Assert.False(File.Exists(files["out.onnx"]));
    }
}
