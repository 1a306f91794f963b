using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Inference.Evaluation;

namespace STUNet.Tests.Inference.Postprocessing;

/// <summary>Components and decisions against nnU-Net's (golden README, section 8).</summary>
public sealed class PostprocessingGoldenTests
{
    private const string Components = "post/components.safetensors";

    public static IEnumerable<ITheoryDataRow> Decisions => GoldenCases.Rows(
        GoldenSet.Nnunet, set => set.FilesBelow("post/determine_", ".safetensors").Select(file => (object)file.Name.Replace(".safetensors", "", StringComparison.Ordinal)));

    [Fact]
    public void KeepLargest_GoldenMaps_LabelsAndSizesMatch()
    {
        GoldenFile file = GoldenCases.Nnunet.File(Components);
        foreach (string name in file.CaseNames)
        {
            JsonElement runs = file.Case(name);
            foreach (JsonProperty run in runs.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Object))
            {
                LabelVolume labels = LabelMaps.Of(file.Tensor($"{name}.seg"), Spacing(run.Value));
                if (run.Name.StartsWith("v1.", StringComparison.Ordinal))
                    RunV1(labels, run.Value, $"{name}.{run.Name}");
                else
                    new KeepLargest(WhatV2(run.Value), VoxelNeighbours.All).Apply(labels);
                Assert.Equal(LabelMaps.Of(file.Tensor($"{name}.{run.Name}")).As<byte>(), labels.As<byte>());
            }
        }
    }

    [Fact]
    public void KeepLargest_CornerContact_IsOneComponentInV2Only()
    {
        GoldenFile file = GoldenCases.Nnunet.File(Components);
        foreach ((string name, VoxelNeighbours neighbours) in new[] { ("v1", VoxelNeighbours.Faces), ("v2", VoxelNeighbours.All) })
        {
            LabelVolume labels = LabelMaps.Of(file.Tensor("corner.seg"));
            ComponentSizes sizes = new KeepLargest(LabelOrRegion.Label(1), neighbours).Apply(labels);
            Assert.Equal(file.Tensor($"corner.{name}").Bytes, labels.As<byte>());
            Assert.Equal(new ComponentSizes(neighbours == VoxelNeighbours.All ? 16 : 8, 1), sizes);
        }
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void V1_GoldenDecision_Matches(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{name}.safetensors");
        JsonElement parameters = file.Case(file.CaseNames.Single());
        IReadOnlyList<EvaluationCase> cases = LabelMaps.Cases(file, Spacing(parameters));
        using WorkerPool workers = new(2);
        PostprocessingChoiceV1 choice = PostprocessingChoiceV1.Decide(cases, Classes(parameters), workers);
        JsonCompare.Equal(Json($"{name}_v1.json"), JsonCompare.Parse(choice.Text()), name, "validation_raw", "validation_final");
        AssertFinal(file, "v1", cases, choice.Text());
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void V2_GoldenDecision_Matches(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{name}.safetensors");
        JsonElement parameters = file.Case(file.CaseNames.Single());
        IReadOnlyList<EvaluationCase> cases = LabelMaps.Cases(file);
        EvaluationOptions options = new(
            NnunetVersion.V2, [.. parameters.GetProperty("version2_evaluated").EnumerateArray().Select(key => LabelMaps.Parse(key.GetString()!))]);
        using WorkerPool workers = new(2);
        PostprocessingChoiceV2 choice = PostprocessingChoiceV2.Decide(cases, Classes(parameters), options, workers);
        JsonCompare.Equal(Json($"{name}_v2.json"), JsonCompare.Parse(choice.Text()), name);
        AssertFinal(file, "v2", cases, choice.Text());
    }

    /// <summary>Writes the file, reads it again and applies it.</summary>
    private static void AssertFinal(GoldenFile file, string version, IReadOnlyList<EvaluationCase> cases, string text)
    {
        using TemporaryFolder folder = new();
        string path = folder[PostprocessingFile.FileName];
        File.WriteAllText(path, text);
        LabelPostprocessing postprocessing = PostprocessingFile.Read(path);
        for (int i = 0; i < cases.Count; i++)
        {
            LabelVolume labels = cases[i].Prediction();
            postprocessing.Apply(labels);
            Assert.Equal(LabelMaps.Of(file.Tensor($"{version}.final.{i}")).As<byte>(), labels.As<byte>());
        }
    }

    private static void RunV1(LabelVolume labels, JsonElement run, string at)
    {
        JsonElement[] minima = run.TryGetProperty("min_size", out JsonElement given) ? [.. given.EnumerateArray()] : [];
        foreach (JsonElement item in run.GetProperty("classes").EnumerateArray())
        {
            LabelOrRegion what = What(item);
            double? minimum = minima.Where(pair => What(pair[0]).Key == what.Key).Select(pair => (double?)pair[1].GetDouble()).SingleOrDefault();
            ComponentSizes sizes = new KeepLargest(what, VoxelNeighbours.Faces, minimum).Apply(labels);
            AssertSize(run.GetProperty("kept_size").GetProperty(what.Key), sizes.Kept, $"{at} {what} kept");
            AssertSize(run.GetProperty("largest_removed").GetProperty(what.Key), sizes.LargestRemoved, $"{at} {what} removed");
        }
    }

    private static void AssertSize(JsonElement expected, double? actual, string at)
    {
        if (expected.ValueKind == JsonValueKind.Null)
            Assert.Null(actual);
        else
            JsonCompare.Number(expected, actual ?? double.NaN, at);
    }

    private static LabelOrRegion What(JsonElement item) => item.ValueKind == JsonValueKind.Array
        ? LabelOrRegion.Region(item.EnumerateArray().Select(label => label.GetUInt32()))
        : LabelOrRegion.Label(item.GetUInt32());

    private static LabelOrRegion WhatV2(JsonElement run)
    {
        if (run.TryGetProperty("label", out JsonElement label))
            return What(label);
        return run.TryGetProperty("region", out JsonElement region)
            ? What(region)
            : LabelOrRegion.Region(run.GetProperty("list").EnumerateArray().SelectMany(item => What(item).Labels));
    }

    private static Spacing Spacing(JsonElement parameters) => new(parameters.TryGetProperty("volume", out JsonElement volume) ? volume.GetDouble() : 1, 1, 1);

    private static ImmutableArray<uint> Classes(JsonElement parameters) => [.. parameters.GetProperty("classes").EnumerateArray().Select(label => label.GetUInt32())];

    private static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllBytes(GoldenCases.Nnunet.File(name).OpenPath())).RootElement;
}
