using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Summaries and surface distances against nnU-Net's (golden README, section 9).</summary>
public sealed class EvaluationGoldenTests
{
    private const string SurfaceFile = "eval/surface";

    public static IEnumerable<ITheoryDataRow> Sets => GoldenCases.Rows(
        GoldenSet.Nnunet,
        set => set.FilesBelow("eval/", ".safetensors").Select(file => file.Name.Replace(".safetensors", "", StringComparison.Ordinal)).Where(name => name != SurfaceFile));

    [Theory]
    [MemberData(nameof(Sets))]
    public void V1_GoldenSet_EveryFieldMatches(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{name}.safetensors");
        JsonElement parameters = file.Case(file.CaseNames.Single());
        EvaluationSummary summary = Evaluate(file, new EvaluationOptions(
            NnunetVersion.V1, [.. parameters.GetProperty("labels_v1").EnumerateArray().Select(label => LabelOrRegion.Label(label.GetUInt32()))]));
        JsonElement expected = Json($"{name}_v1.json");
        JsonElement written = JsonCompare.Parse(SummaryFile.Text(summary, "Task", new DateTime(2024, 1, 2, 3, 4, 5)));
        JsonElement results = written.GetProperty("results");
        JsonCompare.Equal(expected.GetProperty("all"), results.GetProperty("all"), "all", "test", "reference");
        JsonCompare.Equal(expected.GetProperty("mean"), results.GetProperty("mean"), "mean");
        Assert.All(expected.GetProperty("mean_of_labels").EnumerateObject(), metric => JsonCompare.Number(metric.Value, summary.ForegroundMean[metric.Name], metric.Name));
        Assert.Equal(["author", "description", "id", "name", "results", "task", "timestamp"], written.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[0-9a-f]{12}$", written.GetProperty("id").GetString());
        Assert.Equal("2024-01-02 03:04:05.000000", written.GetProperty("timestamp").GetString());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void V2_GoldenSet_EveryFieldMatches(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{name}.safetensors");
        EvaluationSummary summary = Evaluate(file, V2(file.Case(file.CaseNames.Single())));
        string text = SummaryFile.Text(summary);
        JsonCompare.Equal(Json($"{name}_v2.json"), JsonCompare.Parse(text), name, "prediction_file", "reference_file");
        string bare = File.ReadAllText(GoldenCases.Nnunet.File($"{name}_v2_bare_nan.json").OpenPath());
        JsonCompare.Equal(JsonCompare.Parse(bare), JsonCompare.Parse(text), name, "prediction_file", "reference_file");
        Assert.Equal(bare.Contains(": NaN", StringComparison.Ordinal), text.Contains(": NaN", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Surface_GoldenSet_Matches(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{name}.safetensors");
        JsonElement[] expected = [.. Json($"{name}_surface.json").EnumerateArray()];
        IReadOnlyList<EvaluationCase> cases = LabelMaps.Cases(file, file.Case(file.CaseNames.Single()).Spacing("spacing"));
        using WorkerPool workers = new(2);
        for (int i = 0; i < cases.Count; i++)
        {
            (LabelVolume prediction, LabelVolume reference) = cases[i].Read();
            foreach (JsonProperty label in expected[i].EnumerateObject())
                Compare(label.Value, new SurfaceScores(SurfaceDistances.Of(prediction, reference, LabelMaps.Parse(label.Name), workers)), $"{name}[{i}].{label.Name}");
        }
    }

    [Fact]
    public void Surface_GoldenMasks_BordersAndDistancesMatch()
    {
        GoldenFile file = GoldenCases.Nnunet.File($"{SurfaceFile}.safetensors");
        using WorkerPool workers = new(2);
        foreach (JsonProperty expected in Json($"{SurfaceFile}.json").EnumerateObject())
        {
            Spacing spacing = expected.Value.Spacing("spacing");
            GoldenTensor test = file.Tensor($"{expected.Name}.test");
            LabelVolume prediction = LabelMaps.Of(test, spacing);
            LabelVolume reference = LabelMaps.Of(file.Tensor($"{expected.Name}.ref"), spacing);
            byte[] masks = [.. test.Bytes];
            SurfaceDistances.MarkSurfaces(masks, prediction.Size, workers);
            Assert.Equal(file.Tensor($"{expected.Name}.test_border").Bytes, masks.Select(voxel => (voxel & SurfaceDistances.PredictionSurface) != 0 ? (byte)1 : (byte)0));
            SurfaceDistances distances = SurfaceDistances.Of(prediction, reference, LabelOrRegion.Label(1), workers);
            Compare(expected.Value, new SurfaceScores(distances), expected.Name);
            if (distances.HasPrediction && distances.HasReference)
                Assert.Equal(expected.Value.GetProperty("border_voxels").EnumerateArray().Select(count => count.GetInt32()), [distances.ToReference.Count, distances.ToPrediction.Count]);
        }
    }

    private static void Compare(JsonElement expected, SurfaceScores scores, string at)
    {
        foreach (JsonProperty metric in expected.EnumerateObject())
        {
            double? actual = metric.Name switch
            {
                "hd" => scores.Hausdorff,
                "hd95_pooled" => scores.Hausdorff95,
                "hd95_max_directed" => scores.Hausdorff95MaxDirected,
                "asd_test_to_ref" => scores.AverageToReference,
                "asd_ref_to_test" => scores.AverageToPrediction,
                "assd_mean_of_directed" => scores.AverageSymmetric,
                "assd_pooled" => scores.AveragePooled,
                "spacing" or "border_voxels" => null,
                _ => scores.NormalizedSurfaceDice(double.Parse(metric.Name["nsd_".Length..], CultureInfo.InvariantCulture)),
            };
            if (actual is { } value)
                JsonCompare.Number(metric.Value, value, $"{at}.{metric.Name}");
        }
    }

    private static EvaluationSummary Evaluate(GoldenFile file, EvaluationOptions options)
    {
        using WorkerPool workers = new(2);
        return EvaluationSummary.Of(LabelMaps.Cases(file), options, workers);
    }

    private static EvaluationOptions V2(JsonElement parameters) =>
        new(NnunetVersion.V2, [.. parameters.GetProperty("evaluated_v2").EnumerateArray().Select(key => LabelMaps.Parse(key.GetString()!))])
        {
            Ignore = parameters.GetProperty("ignore") is { ValueKind: JsonValueKind.Number } ignore ? ignore.GetUInt32() : null,
        };

    private static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllBytes(GoldenCases.Nnunet.File(name).OpenPath())).RootElement;
}
