using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.WeightsConverter;

namespace STUNet.Tests.Model.Files;

public sealed class ModelManifestTests
{
    [Fact]
    public void Write_ThenRead_KeepsEveryField()
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = TinyModel.Manifest(TinyModel.Config);
        manifest.Write(folder["model.json"]);
        string text = File.ReadAllText(folder["model.json"]);
        ModelManifest read = ModelManifest.Read(folder["model.json"]);
        Assert.Equal(manifest.Architecture, read.Architecture);
        Assert.Equal(manifest.PatchSize, read.PatchSize);
        Assert.Equal(manifest.SpacingMm, read.SpacingMm);
        Assert.Equal(manifest.TransposeForward, read.TransposeForward);
        Assert.Equal(manifest.TransposeBackward, read.TransposeBackward);
        Assert.Equal(manifest.Channels, read.Channels);
        Assert.Equal(manifest.Labels, read.Labels);
        Assert.Equal(manifest.Export, read.Export);
        Assert.Equal(manifest.MirrorAxes, read.MirrorAxes);
        Assert.Equal(manifest.Folds, read.Folds);
        Assert.Equal(manifest.Sources, read.Sources);
        Assert.Equal((manifest.Trainer, manifest.Nnunet, manifest.Licence, manifest.ElementType, manifest.Converter), (read.Trainer, read.Nnunet, read.Licence, read.ElementType, read.Converter));
        Assert.Null(read.TrainingRules);
        (manifest with { TrainingRules = NnunetVersion.V1 }).Write(folder["trained.json"]);
        Assert.Equal(NnunetVersion.V1, ModelManifest.Read(folder["trained.json"]).TrainingRules);
        read.Write(folder["again.json"]);
        Assert.Equal(text, File.ReadAllText(folder["again.json"]));
    }

    [Fact]
    public void Write_Regions_ReadAgainAndCheckedAgainstTheOutputs()
    {
        using TemporaryFolder folder = new();
        ModelManifest classes = TinyModel.Manifest(TinyModel.Config) with { Nnunet = NnunetVersion.V2 };
        classes = classes with { Channels = [.. classes.Channels.Select(channel => channel with { Scheme = "ZScoreNormalization" })] };
        OutputRegion[] all = [.. Enumerable.Range(1, classes.Architecture.Classes).Select(i => new OutputRegion($"region {i}", [i, i + 1], 10 * i))];
        ModelManifest manifest = classes with { Regions = [.. all] };
        manifest.Write(folder["model.json"]);
        ModelManifest read = ModelManifest.Read(folder["model.json"]);
        Assert.Equal(all.Select(region => (region.Name, region.Label)), read.Regions.Select(region => (region.Name, region.Label)));
        Assert.All(read.Regions, region => Assert.Equal(2, region.Labels.Length));
        Assert.Equal((all[^1].Label, classes.Architecture.Classes - 1), (read.LargestLabel, classes.LargestLabel));
        Refused(manifest with { Regions = [.. all.Skip(1)] }, "regions");
        Refused(manifest with { Regions = [.. all.Select(region => region with { Label = 0 })] }, "regions[0]");
        Refused(manifest with { Regions = [.. all.Select(region => region with { Labels = [] })] }, "regions[0].labels");
        Refused(manifest with { Regions = [.. all.Select(region => region with { Name = "" })] }, "regions[0].name");
        Refused(TinyModel.Manifest(TinyModel.Config) with { Regions = [.. all] }, "regions");

        void Refused(ModelManifest wrong, string field) => Assert.Contains(field, Assert.Throws<InvalidFileException>(() => wrong.Check(folder["model.json"])).Message, StringComparison.Ordinal);
    }

    // Field, its new value as JSON ("" removes it), and what the message must name.
    [Theory]
    [InlineData("format", "\"other\"", "format")]
    [InlineData("version", "2", "version")]
    [InlineData("architecture", "", "architecture")]
    [InlineData("architecture.dims", "[2,4]", "architecture")]
    [InlineData("architecture.dims", "[2,4,-6]", "architecture.dims[2]")]
    [InlineData("architecture.classes", "0", "architecture.classes")]
    [InlineData("architecture.kernels", "[[1,3,3],[3,3,3],[3,4,3]]", "architecture")]
    [InlineData("architecture.strides", "[[1,2,2],[2,2]]", "architecture.strides[1]")]
    [InlineData("patchSize", "[16,32]", "patchSize")]
    [InlineData("patchSize", "[16,33,24]", "patchSize[1]")]
    [InlineData("patchSize", "[16,32,1e9]", "patchSize[2]")]
    [InlineData("patchSize", "[16,32,40960]", "patchSize[2]")]
    [InlineData("spacingMm", "[3,0.75,0]", "spacingMm[2]")]
    [InlineData("spacingMm", "[3,0.75,1e999]", "spacingMm[2]")]
    [InlineData("transposeForward", "[0,0,1]", "transposeForward")]
    [InlineData("transposeBackward", "[2,0,1]", "transposeBackward")]
    [InlineData("channels", "[]", "channels")]
    [InlineData("channels", "[{\"name\":\"CT\",\"normalization\":\"nonCT\",\"useMask\":false}]", "channels")]
    [InlineData("channels[0].intensity", "", "channels[0].intensity")]
    [InlineData("channels[0].intensity.standardDeviation", "-1", "channels[0].intensity.standardDeviation")]
    [InlineData("channels[0].intensity.percentile995", "-100", "channels[0].intensity.percentile995")]
    [InlineData("channels[1].useMask", "1", "channels[1].useMask")]
    [InlineData("channels[1].normalization", "\"\"", "channels[1].normalization")]
    [InlineData("nnunet", "\"v3\"", "nnunet")]
    [InlineData("nnunet", "\"v2\"", "channels[0].normalization")]
    [InlineData("export.interpolationOrder", "6", "export.interpolationOrder")]
    [InlineData("mirrorAxes", "[0,0]", "mirrorAxes")]
    [InlineData("mirrorAxes", "[3]", "mirrorAxes[0]")]
    [InlineData("labels", "{\"-1\":\"x\"}", "labels")]
    [InlineData("labels", "{\"1\":\"\"}", "labels.1")]
    [InlineData("labels", "{\"1\":\"a\",\"01\":\"b\"}", "labels.01")]
    [InlineData("dtype", "\"F64\"", "dtype")]
    [InlineData("folds", "[]", "folds")]
    [InlineData("folds[0].file", "\"../x.safetensors\"", "folds[0].file")]
    [InlineData("folds[1].file", "\"fold_0.safetensors\"", "folds")]
    [InlineData("folds[1].name", "\"0\"", "folds")]
    [InlineData("sources[0].sha256", "\"abc\"", "sources[0].sha256")]
    [InlineData("sources[0].bytes", "-1", "sources[0].bytes")]
    public void Read_WrongField_NamesFileAndField(string field, string value, string named)
    {
        using TemporaryFolder folder = new();
        string path = folder["model.json"];
        TinyModel.Manifest(TinyModel.Config).Write(path);
        JsonNode root = JsonNode.Parse(File.ReadAllText(path))!;
        JsonNode parent = root;
        string[] parts = field.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        foreach (string part in parts[..^1])
            parent = int.TryParse(part, out int index) ? parent[index]! : parent[part]!;
        if (value.Length == 0)
            parent.AsObject().Remove(parts[^1]);
        else
            parent[parts[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, root.ToJsonString());
        Assert.StartsWith($"{path}: {named}", Assert.Throws<InvalidFileException>(() => ModelManifest.Read(path)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"stunet-model\",\"format\":\"stunet-model\"}")]
    public void Read_NoManifest_NamesTheFile(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["model.json"], text);
        Assert.Contains(folder["model.json"], Assert.Throws<InvalidFileException>(() => ModelManifest.Read(folder["model.json"])).Message);
    }

    [Fact]
    public void Open_WeightsThatDoNotFitTheManifest_IsRefused()
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = TinyModel.Manifest(TinyModel.Config) with { Folds = [new("0", "fold_0.safetensors")] };
        manifest.Write(folder["model.json"]);
        Assert.Contains("fold_0.safetensors", Assert.Throws<InvalidFileException>(() => ModelFiles.Open(folder.Path)).Message);
        WriteWeights(folder["fold_0.safetensors"], TinyModel.Config, ElementType.F32);
        Assert.Contains("stored as F32", Assert.Throws<InvalidFileException>(() => ModelFiles.Open(folder.Path)).Message);
        WriteWeights(folder["fold_0.safetensors"], new(2, 4, [2, 4, 6], [1, 2, 1], TinyModel.Config.Strides, TinyModel.Config.Kernels), ElementType.F16);
        Assert.Contains("classes 4", Assert.Throws<InvalidFileException>(() => ModelFiles.Open(folder.Path)).Message);
        WriteWeights(folder["fold_0.safetensors"], TinyModel.Config, ElementType.F16);
        ModelFiles.Open(folder.Path).Dispose();
    }

    [Fact]
    public void Open_WeightsOfAnotherHash_AreRefused()
    {
        using TemporaryFolder folder = new();
        string weights = folder["fold_0.safetensors"];
        WriteWeights(weights, TinyModel.Config, ElementType.F16);
        ModelManifest manifest = TinyModel.Manifest(TinyModel.Config) with { Folds = [new("0", "fold_0.safetensors", FileHash.Sha256(weights))] };
        manifest.Write(folder["model.json"]);
        Assert.Equal(manifest.Folds[0], ModelManifest.Read(folder["model.json"]).Folds[0]);
        ModelFiles.Open(folder.Path).Dispose();
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        string message = Assert.Throws<InvalidFileException>(() => ModelFiles.Open(folder.Path)).Message;
        Assert.StartsWith(weights, message);
        Assert.Contains("SHA-256", message);
        (manifest with { Folds = [new("0", "fold_0.safetensors")] }).Write(folder["model.json"]);
        ModelFiles.Open(folder.Path).Dispose();
    }

    private static void WriteWeights(string path, StuNetConfig config, ElementType type) => SafetensorsWriter.Write(
        path,
        [.. StuNetParameters.Enumerate(config).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, type))],
        (_, _, values) => values.Clear());
}
