using System.Text.Json;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Cli;

public sealed class VerifyCommandTests
{
    public static IEnumerable<ITheoryDataRow> Networks() => GoldenCases.FilesBelow("net/", ".safetensors");

    [Theory]
    [MemberData(nameof(Networks))]
    public void Verify_GoldenNetwork_AllHeadsAreWithinTolerance(string name)
    {
        string path = GoldenCases.Main.File(name).OpenPath();
        JsonElement plan = GoldenCases.Main.File(name).Case(GoldenCases.Main.File(name).CaseNames.Single()).GetProperty("plan");
        string strides = string.Join('/', plan.GetProperty("pools").EnumerateArray().Select(pool => string.Join('x', pool.EnumerateArray())));
        JsonElement[] layers = [.. CliRun.Of("verify", path, "--strides", strides, "--json").Succeeded().Json.GetProperty("layers").EnumerateArray()];
        Assert.Equal(
            GoldenCases.Main.File(name).TensorNames.Where(tensor => tensor.StartsWith("logits.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            layers.Select(layer => layer.GetProperty("layer").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Verify_OwnRecording_AgreesAndAnotherModelDepartsAtItsFirstLayer()
    {
        using CliFiles files = new();
        string model = files.Model();
        Int3 size = new(16, 16, 24);
        float[] input = SeededInput.Create("verify", 1, size);
        SafetensorsWriter.Write(
            files["input.safetensors"], [new TensorInfo("input.0", [1, 1, size.D, size.H, size.W], ElementType.F32)], (_, start, values) => input.AsSpan((int)start, values.Length).CopyTo(values));
        CliRun.Of("verify", files["input.safetensors"], "--model", model, "--record", files["golden.safetensors"]).Succeeded();

        int plain = CliRun.Of("verify", files["golden.safetensors"], "--model", model, "--plain", "--tolerance", "0", "--json").Succeeded().Json.GetProperty("layers").GetArrayLength();
        int fused = CliRun.Of("verify", files["golden.safetensors"], "--model", model, "--json").Succeeded().Json.GetProperty("layers").GetArrayLength();
        Assert.InRange(fused, 10, plain - 1);

        CliRun other = CliRun.Of("verify", files["golden.safetensors"], "--model", files.Model(seed: 2, name: "other"), "--plain");
        Assert.Equal(ExitCode.Failed, other.Code);
        Assert.Contains("first layer that departs: layer.0.conv_blocks_context.0.0.conv1,", other.Output);
    }

    [Fact]
    public void Verify_FileWithoutInputs_IsRefused()
    {
        using CliFiles files = new();
        CliRun.Of("verify", Path.Combine(files.Model(), "fold_0.safetensors")).FailedWith(ExitCode.InputFile, "fold_0.safetensors", "input.0");
    }
}
