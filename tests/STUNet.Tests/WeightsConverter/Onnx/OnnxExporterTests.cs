using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.TestKit.Ops;
using STUNet.Tests.Golden;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter.Onnx;

public sealed class OnnxExporterTests
{
    private const string Salt = "onnx";

    public static IEnumerable<ITheoryDataRow> Networks => GoldenCases.FilesBelow("net/", ".safetensors");

    /// <summary>One input channel or two, isotropic or not, with and without blocks that have no shortcut convolution, and one class.</summary>
    public static TheoryData<string> Small => [.. SmallConfigs.Keys];

    private static Dictionary<string, (StuNetConfig Config, Int3 Patch)> SmallConfigs { get; } = new()
    {
        ["anisotropic, two channels"] = (SmallNetwork.Config, SmallNetwork.Patch),
        ["plain"] = (new StuNetConfig(1, 3, [4, 8, 8], [1, 1, 1], [new(2, 2, 2), new(1, 2, 2)]), new Int3(8, 8, 12)),
        ["one class, kernels 1x3x3 and 3x1x5"] = (
            new StuNetConfig(2, 1, [5, 6, 7, 8], [2, 1, 2, 1], [new(1, 2, 2), new(2, 1, 2), new(1, 1, 2)], [new(1, 3, 3), new(3, 1, 5), new(3, 3, 3), new(1, 1, 1)]),
            new Int3(6, 8, 16)),
    };

    [Theory]
    [MemberData(nameof(Small))]
    public void Write_SmallNetwork_OnnxRuntimeAgreesOnEveryHead(string name)
    {
        (StuNetConfig config, Int3 patch) = SmallConfigs[name];
        using TemporaryFolder folder = new();
        foreach (int batch in (int[])[1, 2])
        {
            Tape tape = OnnxExporter.Record(config, patch, batch, allHeads: true);
            SeededParameters parameters = new(config, Salt);
            string path = folder["net.onnx"];
            Assert.Equal([path], OnnxExporter.Write(path, tape, parameters.Read));
            Shape shape = new(batch, config.InputChannels, patch);
            float[] image = OpCase.Uniform(shape.Count, "image");
            OnnxRun.Agree(OnnxRun.WithPlan(tape, parameters, image), OnnxRun.WithOnnxRuntime(path, shape, image));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Write_GoldenNetwork_OnnxRuntimeEqualsPyTorch(string fileName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        StuNetConfig config = GoldenNetwork.ConfigOf(file.Case(Assert.Single(file.CaseNames)));
        using TemporaryFolder folder = new();
        for (int input = 0; file.Has($"input.{input}"); input++)
        {
            GoldenTensor image = file.Tensor($"input.{input}");
            Shape shape = GoldenNetwork.ShapeOf(image);
            OnnxExporter.Write(
                folder["net.onnx"], OnnxExporter.Record(config, shape.Size, shape.N, allHeads: true),
                (name, start, values) => file.Tensor($"param.{name}").ToSingles().AsSpan((int)start, values.Length).CopyTo(values));
            Dictionary<string, float[]> heads = OnnxRun.WithOnnxRuntime(folder["net.onnx"], shape, image.ToSingles());
            Dictionary<string, float[]> expected = heads.Keys.Select((name, head) => (name, file.Tensor($"logits.{input}.head.{head}").ToSingles())).ToDictionary();
            OnnxRun.Agree(expected, heads);
        }
    }

    [Fact]
    public void Write_PublishedSizeS_OnnxRuntimeAgrees()
    {
        StuNetConfig config = StuNetConfig.Of(StuNetSize.S, classes: 14);
        Int3 patch = new(32, 16, 32);
        using TemporaryFolder folder = new();
        Tape tape = OnnxExporter.Record(config, patch);
        InitialParameters parameters = new(config, InitialisationScheme.V1, seed: 3);
        OnnxExporter.Write(folder["s.onnx"], tape, parameters.Read);
        float[] image = SeededInput.Create(Salt, 1, patch);
        OnnxRun.Agree(OnnxRun.WithPlan(tape, parameters, image), OnnxRun.WithOnnxRuntime(folder["s.onnx"], new Shape(1, 1, patch), image));
    }

    [Fact]
    public void Write_WeightsOverTheLimit_LieAlignedInASecondFile()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["sub"]);
        Tape tape = OnnxExporter.Record(SmallNetwork.Config, SmallNetwork.Patch);
        SeededParameters parameters = new(SmallNetwork.Config, Salt);
        string path = folder["sub/net.onnx"];
        Assert.Equal([path, path + ".data"], OnnxExporter.Write(path, tape, parameters.Read, new OnnxExportOptions { MaxInlineBytes = 1000 }));
        Assert.Equal(["net.onnx", "net.onnx.data"], Directory.GetFiles(folder["sub"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(new FileInfo(path).Length < new FileInfo(path + ".data").Length);
        // Tensors of less than a kilobyte stay in the model; these are the first two that do not.
        byte[] weights = File.ReadAllBytes(path + ".data");
        float[] value = new float[1];
        parameters.Read("conv_blocks_context.0.0.conv2.weight", value);
        Assert.Equal(value[0], BitConverter.ToSingle(weights, 0));
        parameters.Read("conv_blocks_context.1.0.conv2.weight", value);
        Assert.Equal(value[0], BitConverter.ToSingle(weights, 1 << 16));
        Shape shape = new(1, 2, SmallNetwork.Patch);
        float[] image = OpCase.Uniform(shape.Count, "image");
        OnnxRun.Agree(OnnxRun.WithPlan(tape, parameters, image), OnnxRun.WithOnnxRuntime(path, shape, image));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void Write_Cancelled_KeepsTheOldFilesAndLeavesNoOther(long maxInlineBytes)
    {
        using TemporaryFolder folder = new();
        OnnxExportOptions options = new() { MaxInlineBytes = maxInlineBytes };
        Tape tape = OnnxExporter.Record(SmallNetwork.Config, SmallNetwork.Patch);
        SeededParameters parameters = new(SmallNetwork.Config, Salt);
        IReadOnlyList<string> written = OnnxExporter.Write(folder["net.onnx"], tape, parameters.Read, options);
        byte[][] before = [.. written.Select(File.ReadAllBytes)];
        using CancellationTokenSource source = new();
        int pieces = 0;
        Assert.Throws<OperationCanceledException>(() => OnnxExporter.Write(folder["net.onnx"], tape, CancelLater, options, cancellation: source.Token));
        Assert.Equal(before, written.Select(File.ReadAllBytes));
        Assert.Equal(written.Count, Directory.GetFiles(folder.Path).Length);

        void CancelLater(string name, long start, Span<float> values)
        {
            parameters.Read(name, start, values);
            if (++pieces == 20)
                source.Cancel();
        }
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        byte[][] files = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            OnnxExporter.Write(folder["net.onnx"], OnnxExporter.Record(SmallNetwork.Config, SmallNetwork.Patch), new SeededParameters(SmallNetwork.Config, Salt).Read);
            return File.ReadAllBytes(folder["net.onnx"]);
        })];
        Assert.Equal(files[0], files[1]);
    }

    [Fact]
    public void Write_OpWithoutTranslation_NamesIt()
    {
        using TemporaryFolder folder = new();
        Tape tape = new();
        Value image = tape.Input("image", new TensorDesc(new Shape(1, 2, SmallNetwork.Patch)));
        tape.Output("probabilities", tape.Apply(new STUNet.Kernels.SoftmaxOp(), "softmax", image));
        InvalidRequestException failure = Assert.Throws<InvalidRequestException>(() => OnnxExporter.Write(folder["net.onnx"], tape, new SeededParameters(SmallNetwork.Config, Salt).Read));
        Assert.Contains("softmax", failure.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Metadata_OfModel_TellsWhatAUserMustKnow()
    {
        IntensityProperties intensity = new(Mean: 80, StandardDeviation: 140, Median: 90, Min: -1000, Max: 3000, Percentile005: -900, Percentile995: 1200);
        ModelManifest manifest = ModelManifest.Read(Path.Combine(RepositoryRoot.Path, "samples", "demo", "model", ModelManifest.FileName)) with
        {
            Channels = [new ChannelNormalization("CT", "CT", UseMask: false, intensity)],
        };
        IReadOnlyDictionary<string, string> texts = OnnxMetadata.Of(manifest.Architecture, manifest.PatchSize, manifest, "0");
        Assert.Equal(manifest.Labels[1], JsonDocument.Parse(texts["labels"]).RootElement.GetProperty("1").GetString());
        Assert.Equal(manifest.SpacingMm, JsonDocument.Parse(texts["spacing_mm_zyx"]).RootElement.EnumerateArray().Select(length => length.GetDouble()));
        Assert.Equal("""[{"name":"CT","normalization":"CT","nonzero_only":false,"mean":80,"sd":140,"percentile_00_5":-900,"percentile_99_5":1200}]""", texts["channels"]);
        Assert.Equal(manifest.Licence, texts["licence"]);
    }
}
