using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Inference.Evaluation;

namespace STUNet.Tests.Inference.LabelMapping;

/// <summary>The tables of STU-Net's direct inference (golden README, section 10).</summary>
public sealed class LabelUnificationTests
{
    private const string Maps = "labels/maps.safetensors";
    private const string Atlas = "atlas";

    public static IEnumerable<ITheoryDataRow> Tables => GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(Maps).CaseNames.Where(name => name != Atlas));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Map_GoldenTable_PredictionAndReferenceMatch(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(Maps);
        JsonElement parameters = file.Case(name);
        Dictionary<string, string> names = parameters.TryGetProperty("extra_global", out JsonElement extra)
            ? extra.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!)
            : [];
        LabelUnification unification = LabelUnification.KnownDatasets.Contains(name)
            ? LabelUnification.Of(name)
            : LabelUnification.Of(name, parameters.GetProperty("table").EnumerateArray().Select(entry => (entry[0].GetString()!, entry[1].GetString()!)), names);
        Assert.Equal(
            parameters.GetProperty("labels").EnumerateObject().Select(member => (member.Name, member.Value.GetString()!)),
            unification.Classes.Select((one, i) => ($"{i + 1}", one.Name)));
        Assert.Equal(file.Tensor($"{name}.pred").Bytes, unification.MapPrediction(LabelMaps.Of(file.Tensor("pred"))).As<byte>().ToArray());
        Assert.Equal(file.Tensor($"{name}.ref").Bytes, unification.MapReference(LabelMaps.Of(file.Tensor("ref"))).As<byte>().ToArray());
    }

    [Fact]
    public void Tables_Golden_AreTheBuiltInOnes()
    {
        JsonElement tables = JsonDocument.Parse(File.ReadAllBytes(GoldenCases.Nnunet.File("labels/tables.json").OpenPath())).RootElement;
        foreach (JsonProperty structure in tables.GetProperty("totalsegmentator").EnumerateObject())
            Assert.Equal(structure.Value.GetString(), LabelNames.TotalSegmentator[int.Parse(structure.Name)]);
        foreach (JsonProperty dataset in tables.GetProperty("datasets").EnumerateObject())
        {
            IEnumerable<(string, string)> table = dataset.Value.EnumerateArray().Select(entry => (entry[0].GetString()!, entry[1].GetString()!));
            AssertSame(LabelUnification.Of("golden", table), LabelUnification.Of(dataset.Name));
        }

        foreach (JsonProperty name in tables.GetProperty("global").EnumerateObject())
        {
            Dictionary<string, string> given = new() { [name.Name] = name.Value.GetString()! };
            AssertSame(LabelUnification.Of("golden", [("1", name.Name)], given), LabelUnification.Of("built in", [("1", name.Name)]));
        }

        Assert.Equal(tables.GetProperty("abdomenatlas").EnumerateArray().Select(name => name.GetString()), StructureMask.AbdomenAtlasNames);
    }

    [Fact]
    public void StructureMask_GoldenAtlas_OneMapPerOrgan()
    {
        GoldenFile file = GoldenCases.Nnunet.File(Maps);
        string[] files = [.. file.Case(Atlas).GetProperty("files").EnumerateArray().Select(name => name.GetString()!)];
        Assert.Equal(files, StructureMask.AbdomenAtlasNames.Select(name => $"{name}.nii.gz"));
        LabelVolume labels = LabelMaps.Of(file.Tensor($"{Atlas}.pred"));
        for (int i = 0; i < StructureMask.AbdomenAtlasNames.Count; i++)
        {
            LabelVolume mask = StructureMask.Of(labels, LabelOrRegion.Label((uint)i + 1));
            Assert.Equal(file.Tensor($"{Atlas}.{StructureMask.AbdomenAtlasNames[i]}").Bytes, mask.As<byte>().ToArray());
        }
    }

    [Fact]
    public void Map_OverlappingClasses_LaterOneWins()
    {
        LabelUnification unification = LabelUnification.Of("test", [("agg:1,2", "kidney"), ("2", "left kidney")]);
        Assert.Equal([0, 1, 2, 0], unification.MapReference(LabelMaps.Row(0, 1, 2, 3)).As<byte>().ToArray());
        // Kidneys of the model: 38 left, 39 right.
        Assert.Equal([0, 2, 1], unification.MapPrediction(LabelMaps.Row(0, 38, 39)).As<byte>().ToArray());
        Assert.Equal(["kidney", "left kidney"], unification.Evaluated.Select(what => what.Key));
    }

    [Theory]
    [InlineData("{}", "classes")]
    [InlineData("""{"classes": 1}""", "classes")]
    [InlineData("""{"classes": [["1"]]}""", "classes[0]")]
    [InlineData("""{"classes": [[1, "liver"]]}""", "classes[0][0]")]
    [InlineData("""{"classes": [["one", "liver"]]}""", "'one'")]
    [InlineData("""{"classes": [["agg:1,", "liver"]]}""", "liver")]
    [InlineData("""{"classes": [["1", "lever"]]}""", "'lever'")]
    [InlineData("""{"classes": [["1", "x"]], "names": {"x": "agg:liver,y"}}""", "'y'")]
    [InlineData("""{"classes": [["1", "x"]], "names": {"x": 1}}""", "names.x")]
    public void Read_Wrong_NamesFileAndField(string text, string named)
    {
        using TemporaryFolder folder = new();
        string path = folder["table.json"];
        File.WriteAllText(path, text);
        string message = Assert.Throws<InvalidFileException>(() => LabelUnification.Read(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains(named, message);
    }

    [Fact]
    public void Of_UnknownOrEmpty_IsRefused()
    {
        Assert.Contains("Task022_FLARE22", Assert.Throws<InvalidRequestException>(() => LabelUnification.Of("Task999")).Message);
        Assert.Throws<InvalidRequestException>(() => new LabelUnification([]));
    }

    private static void AssertSame(LabelUnification expected, LabelUnification actual)
    {
        Assert.Equal(expected.Classes.Length, actual.Classes.Length);
        foreach ((UnifiedClass a, UnifiedClass b) in expected.Classes.Zip(actual.Classes))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.Equal(a.Predicted, b.Predicted);
            Assert.Equal(a.Annotated, b.Annotated);
        }
    }
}
