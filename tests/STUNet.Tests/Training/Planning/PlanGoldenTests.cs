using System.Collections.Immutable;
using System.Text.Json;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

/// <summary>Plans of nnU-Net v2 from fingerprints, equal in every field to the last bit, and every step on the way.</summary>
public sealed class PlanGoldenTests
{
    private const string Folder = "plan/";
    private const string PlanFile = "/nnUNetPlans.json";
    private const int TopologyRows = 12;

    public static IEnumerable<ITheoryDataRow> Datasets =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow(Folder, PlanFile).Select(file => (object)file.Name[Folder.Length..^PlanFile.Length]));

    [Theory]
    [MemberData(nameof(Datasets))]
    public void Plan_GoldenFingerprint_EqualsNnunetsPlansAndTrace(string dataset)
    {
        PlannedExperiment planned = PlanOf(dataset);
        using TemporaryFolder folder = new();
        planned.Plan.Write(folder["plans.json"]);
        JsonComparison.Equal(JsonComparison.Load(PathOf(dataset, PlanFile)), JsonComparison.Load(folder["plans.json"]));

        JsonElement trace = JsonComparison.Load(PathOf(dataset, "/trace.json"));
        Assert.Equal(trace.GetArrayLength(), planned.Trace.Length);
        for (int i = 0; i < planned.Trace.Length; i++)
            AssertTrace(trace[i], planned.Trace[i]);
    }

    [Theory]
    [MemberData(nameof(Datasets))]
    public void Read_GoldenPlan_WritesTheSameAgain(string dataset)
    {
        string golden = PathOf(dataset, PlanFile);
        ExperimentPlan plan = ExperimentPlan.Read(golden);
        using TemporaryFolder folder = new();
        plan.Write(folder["plans.json"]);
        JsonComparison.Equal(JsonComparison.Load(golden), JsonComparison.Load(folder["plans.json"]));
        Assert.Equal(File.ReadAllText(folder["plans.json"]), Rewritten(folder));
    }

    [Fact]
    public void NetworkTopology_GoldenRows_Equal()
    {
        GoldenFile file = GoldenCases.Nnunet.File("plan/topology.safetensors");
        GoldenTensor input = file.Tensor("input");
        int columns = input.Shape[1];
        int dimensions = columns / 2;
        double[] rows = input.Cast<double>();
        float[] expected = file.Tensor("output").ToSingles();
        int width = expected.Length / input.Shape[0];
        for (int row = 0; row < input.Shape[0]; row++)
        {
            ReadOnlySpan<double> values = rows.AsSpan(row * columns, columns);
            NetworkTopology topology = NetworkTopology.Of(values[..dimensions], values[dimensions..]);
            int[] actual = [topology.Stages, .. topology.PoolsPerAxis, .. topology.PatchSize, .. Padded(topology.Poolings, dimensions), .. Padded(topology.Kernels, dimensions)];
            Assert.Equal(expected.AsSpan(row * width, width).ToArray().Select(value => (int)value), actual);
        }
    }

    private static IEnumerable<int> Padded(ImmutableArray<ImmutableArray<int>> rows, int dimensions) =>
        rows.SelectMany(row => row).Concat(Enumerable.Repeat(-1, TopologyRows * dimensions)).Take(TopologyRows * dimensions);

    private static string Rewritten(TemporaryFolder folder)
    {
        ExperimentPlan.Read(folder["plans.json"]).Write(folder["again.json"]);
        return File.ReadAllText(folder["again.json"]);
    }

    private static PlannedExperiment PlanOf(string dataset) => ExperimentPlanner.Plan(
        dataset, DatasetDescription.Read(PathOf(dataset, "/dataset.json")), DatasetFingerprint.Read(PathOf(dataset, "/dataset_fingerprint.json")));

    private static string PathOf(string dataset, string file) => GoldenCases.Nnunet.File(Folder + dataset + file).OpenPath();

    private static void AssertTrace(JsonElement expected, ConfigurationTrace actual)
    {
        Assert.Equal(expected.GetProperty("configuration").GetString(), actual.Configuration);
        Assert.Equal(Doubles(expected.GetProperty("spacing")), actual.Spacing);
        Assert.Equal(Doubles(expected.GetProperty("initial_patch")), actual.InitialPatch);
        Assert.Equal(expected.GetProperty("batch_from_memory").GetInt64(), actual.BatchFromMemory);
        Assert.Equal(expected.GetProperty("batch_cap_5_percent").GetInt64(), actual.BatchCap);
        Assert.Equal(expected.TryGetProperty("rounds", out JsonElement rounds) ? rounds.GetInt32() : 0, actual.Rounds);
        JsonElement steps = expected.GetProperty("steps");
        Assert.Equal(steps.GetArrayLength(), actual.Steps.Length);
        for (int i = 0; i < actual.Steps.Length; i++)
        {
            Assert.Equal(steps[i].TryGetProperty("reduced_axis", out JsonElement axis) ? axis.GetInt32() : null, actual.Steps[i].ReducedAxis);
            Assert.Equal(Integers(steps[i].GetProperty("patch")), actual.Steps[i].PatchSize);
            Assert.Equal(steps[i].GetProperty("pools").GetInt32(), actual.Steps[i].Stages);
            Assert.Equal(Integers(steps[i].GetProperty("divisor")), actual.Steps[i].Divisor);
            Assert.Equal(steps[i].GetProperty("estimate").GetInt64(), actual.Steps[i].Estimate);
        }
    }

    private static IEnumerable<double> Doubles(JsonElement list) => list.EnumerateArray().Select(item => item.GetDouble());

    private static IEnumerable<int> Integers(JsonElement list) => list.EnumerateArray().Select(item => item.GetInt32());
}
