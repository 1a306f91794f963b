using System.Collections.Immutable;
using System.Text;
using STUNet.Core;
using STUNet.Model;
using STUNet.Tests.Training.Datasets;
using STUNet.Training;

namespace STUNet.Tests.Training.Preprocessing;

public sealed class DatasetPreprocessingTests : IDisposable
{
    private readonly DatasetFiles _files = DatasetFiles.Sound();
    private readonly RawDataset _dataset;
    private readonly ExperimentPlan _plan;
    private readonly CaseStore _store;

    public DatasetPreprocessingTests()
    {
        _dataset = RawDataset.Open(_files.Folder);
        _plan = _files.Plan();
        _store = new CaseStore(_files.Beside("out"), Configuration);
    }

    private PlanConfiguration Configuration => _plan.Configuration(PlanConfiguration.FullResolution);

    private PreprocessingRecipe Recipe => PreprocessingRecipe.Of(_plan, Configuration, _dataset.Description, NnunetVersion.V2);

    [Fact]
    public void Run_SoundDataset_StoresWhatThePreprocessorGives()
    {
        Assert.All(Run(_store), outcome => Assert.True(outcome.IsWritten));
        Assert.Equal(_dataset.Cases.Select(entry => entry.Identifier), _store.Identifiers);
        using WorkerPool pool = new(1);
        using PreprocessedVolumes expected = new TrainingPreprocessor(Recipe, pool).Run(_dataset.Cases[3].Read());
        using StoredCase actual = _store.Open(_dataset.Cases[3].Identifier);
        Assert.True(expected.Channels[0].GetSpan().SequenceEqual(actual.Channel(0)));
        Assert.Equal([[1], [2]], actual.Locations.Entries.Select(entry => entry.Labels));
        Assert.All(actual.Locations.Entries, entry => Assert.All(entry.Voxels.ToArray(), voxel => Assert.Equal(entry.Labels[0], expected.Labels[voxel])));
    }

    [Fact]
    public void Run_AnyNumberOfWorkers_WritesTheSameBytes()
    {
        Run(_store);
        CaseStore other = new(_files.Beside("other"), Configuration);
        Run(other, workers: 3);
        Assert.All(_store.Identifiers, name => Assert.Equal(File.ReadAllBytes(_store.PathOf(name)), File.ReadAllBytes(other.PathOf(name))));
    }

    [Fact]
    public void Run_Again_RedoesOnlyWhatChanged()
    {
        Run(_store);
        Assert.Empty(Redone());
        File.WriteAllBytes(_store.PathOf("case_1"), File.ReadAllBytes(_store.PathOf("case_1"))[..^2]);
        File.Delete(_store.PathOf("case_2"));
        _files.Image("imagesTr/case_4_0000.nii.gz", (z, y, x) => z + y + x + 1);
        Assert.Equal(["case_1", "case_2", "case_4"], Redone());
        Assert.Empty(Redone());
        Assert.Equal(5, Redone(Recipe with { Spacing = [3, 1, 1] }).Length);
        Assert.Equal(5, Redone(Recipe with { Classes = [[2], [1]] }).Length);
    }

    [Fact]
    public void Run_StoredCaseDamagedOrWithoutHash_IsMadeAnew()
    {
        Run(_store);
        byte[][] sound = [.. _store.Identifiers.Select(name => File.ReadAllBytes(_store.PathOf(name)))];
        byte[] damaged = [.. sound[1]];
        damaged[^(damaged.Length / 3)] ^= 1;
        File.WriteAllBytes(_store.PathOf("case_1"), damaged);
        string old = Encoding.Latin1.GetString(sound[3]).Replace("\"sha256\"", "\"no_256\"", StringComparison.Ordinal);
        File.WriteAllBytes(_store.PathOf("case_3"), Encoding.Latin1.GetBytes(old));
        Assert.Equal(["case_1", "case_3"], Redone());
        Assert.Equal(sound, _store.Identifiers.Select(name => File.ReadAllBytes(_store.PathOf(name))));
    }

    [Fact]
    public void Run_FailingCase_IsNamedAndStopsNothing()
    {
        Run(_store);
        _files.Labels("labelsTr/case_0.nii.gz", (_, _, _) => 9);
        File.WriteAllText(_files["imagesTr/case_3_0000.nii.gz"], "no image");
        ImmutableArray<CaseOutcome> outcomes = Run(_store, Recipe with { Spacing = [3, 1, 1] }, workers: 2);
        Assert.Equal(["case_0", "case_3"], outcomes.Where(outcome => outcome.Failure is StuNetException).Select(outcome => outcome.Case));
        Assert.Contains("value 9", outcomes[0].Failure!.Message);
        Assert.Equal(["case_1", "case_2", "case_4"], _store.Identifiers);
    }

    [Fact]
    public void Run_Cancelled_KeepsFinishedCasesAndNothingElse()
    {
        using CancellationTokenSource source = new();
        StopAfter stop = new(source, 2);
        Assert.ThrowsAny<OperationCanceledException>(() => Run(_store, Recipe, 1, stop, source.Token));
        Assert.Equal(["case_0.safetensors", "case_1.safetensors"], Directory.GetFiles(_store.Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(["case_2", "case_3", "case_4"], Redone());
    }

    [Fact]
    public void Recipe_PlanOfOtherKind_IsRefused()
    {
        PlanConfiguration configuration = Configuration;
        Refused(configuration with { ResamplingOfData = ResamplingSettings.Images with { Order = 2 } }, "orders 2 and 1");
        Refused(configuration with { ResamplingOfLabels = ResamplingSettings.Labels with { OrderZ = 1 } }, "0 and 1");
        Refused(configuration with { NormalizationSchemes = ["OwnNormalization"] }, "OwnNormalization");
        Refused(configuration with { NormalizationSchemes = ["CTNormalization", "CTNormalization"] }, "2 channels");
        Assert.Contains("3d_fullres", Assert.Throws<InvalidRequestException>(
            () => new CaseStore("out", configuration with { Name = "x", PreviousStage = "3d_lowres" })).Message);
        Assert.Throws<InvalidRequestException>(() => new CaseStore("out", configuration with { Name = "../x" }));
    }

    public void Dispose() => _files.Dispose();

    private void Refused(PlanConfiguration configuration, string expected) => Assert.Contains(
        expected, Assert.Throws<InvalidRequestException>(() => PreprocessingRecipe.Of(_plan, configuration, _dataset.Description, NnunetVersion.V2)).Message);

    private string[] Redone(PreprocessingRecipe? recipe = null)
    {
        ImmutableArray<CaseOutcome> outcomes = Run(_store, recipe);
        Assert.All(outcomes, outcome => Assert.Null(outcome.Failure));
        return [.. outcomes.Where(outcome => outcome.IsWritten).Select(outcome => outcome.Case)];
    }

    private ImmutableArray<CaseOutcome> Run(
        CaseStore store, PreprocessingRecipe? recipe = null, int workers = 1, IProgress<CaseProgress>? progress = null, CancellationToken cancellation = default)
    {
        using WorkerPool pool = new(workers);
        return DatasetPreprocessing.Run(_dataset, recipe ?? Recipe, store, pool, progress, cancellation);
    }

    private sealed class StopAfter(CancellationTokenSource source, int cases) : IProgress<CaseProgress>
    {
        public void Report(CaseProgress value)
        {
            if (value.Done == cases)
                source.Cancel();
        }
    }
}
