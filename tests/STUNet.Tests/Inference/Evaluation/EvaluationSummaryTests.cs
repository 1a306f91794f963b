using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Values worked out by hand.</summary>
public sealed class EvaluationSummaryTests
{
    private static readonly LabelVolume Prediction = LabelMaps.Row(0, 1, 1, 1, 2, 0, 0, 0);
    private static readonly LabelVolume Reference = LabelMaps.Row(0, 0, 1, 1, 1, 2, 0, 9);

    [Fact]
    public void V1_SmallRow_HasTheThirteenMetrics()
    {
        // Label 1: TP 2, FP 1, FN 1, TN 4.
        Scores scores = Evaluate(NnunetVersion.V1, [LabelOrRegion.Label(1)]).Cases[0].Scores[0];
        Assert.Equal(13, scores.Metrics.Count);
        Assert.Equal(6.0 / 8, scores["Accuracy"]);
        Assert.Equal(4.0 / 6, scores["Dice"]);
        Assert.Equal(1 - (2.0 / 3), scores["False Discovery Rate"]);
        Assert.Equal(1 - (2.0 / 3), scores["False Negative Rate"]);
        Assert.Equal(1.0 / 5, scores["False Omission Rate"]);
        Assert.Equal(1 - (4.0 / 5), scores["False Positive Rate"]);
        Assert.Equal(2.0 / 4, scores["Jaccard"]);
        Assert.Equal(1 - (1.0 / 5), scores["Negative Predictive Value"]);
        Assert.Equal(2.0 / 3, scores["Precision"]);
        Assert.Equal(2.0 / 3, scores["Recall"]);
        Assert.Equal(3, scores["Total Positives Reference"]);
        Assert.Equal(3, scores["Total Positives Test"]);
        Assert.Equal(4.0 / 5, scores["True Negative Rate"]);
    }

    [Fact]
    public void V2_RegionAndIgnoreLabel_CountsOnlyAnnotatedVoxels()
    {
        EvaluationSummary summary = Evaluate(NnunetVersion.V2, [LabelOrRegion.Region(1, 2), LabelOrRegion.Region(2)], ignore: 9);
        Scores region = summary.Cases[0].Scores[0];
        Assert.Equal([3, 1, 1, 2], [region["TP"], region["FP"], region["FN"], region["TN"]]);
        Assert.Equal(["(1, 2)", "(2,)"], summary.Options.Evaluated.Select(what => what.Key));
        Assert.Equal((0.75 + 0) / 2, summary.ForegroundMean["Dice"]);
    }

    [Fact]
    public void Mean_LabelThatNeverOccurs_IsNaNAndCountsByVersion()
    {
        LabelOrRegion[] labels = [LabelOrRegion.Label(0), LabelOrRegion.Label(1), LabelOrRegion.Label(5)];
        Assert.Equal(4.0 / 6, Evaluate(NnunetVersion.V1, labels).ForegroundMean["Dice"]);
        EvaluationSummary v2 = Evaluate(NnunetVersion.V2, labels);
        Assert.True(double.IsNaN(v2.Mean[2]["Dice"]));
        Assert.True(double.IsNaN(v2.ForegroundMean["Dice"]));
        Assert.Equal(0, v2.Mean[2]["n_ref"]);
    }

    [Fact]
    public void V1_FullMask_HasNoDistanceButV2Has()
    {
        LabelVolume full = LabelMaps.Row(1, 1, 1);
        EvaluationCase[] cases = [LabelMaps.Case(full, LabelMaps.Row(0, 1, 1))];
        using WorkerPool workers = new(1);
        Assert.True(double.IsNaN(Of(NnunetVersion.V1)["Hausdorff Distance"]));
        Assert.Equal(1, Of(NnunetVersion.V2)["HD"]);
        Assert.Equal((4.0 / 5), Of(NnunetVersion.V2)["NSD_0.5"]);

        Scores Of(NnunetVersion version) => EvaluationSummary.Of(
            cases, new EvaluationOptions(version, [LabelOrRegion.Label(1)]) { Surface = true, TolerancesMm = [0.5] }, workers).Mean[0];
    }

    [Fact]
    public void Surface_IgnoredVoxels_BelongToNoMask()
    {
        LabelVolume prediction = LabelMaps.Row(1, 0, 0, 0, 0, 1);
        LabelVolume reference = LabelMaps.Row(1, 0, 0, 0, 9, 9);
        using WorkerPool workers = new(1);
        Assert.Equal(5, new SurfaceScores(SurfaceDistances.Of(prediction, reference, LabelOrRegion.Label(1), workers)).Hausdorff);
        Assert.Equal(0, new SurfaceScores(SurfaceDistances.Of(prediction, reference, LabelOrRegion.Label(1), workers, ignore: 9)).Hausdorff);
    }

    [Fact]
    public void Of_SeveralThreads_GivesTheSameText()
    {
        EvaluationCase[] cases = [.. Enumerable.Range(0, 5).Select(i => LabelMaps.Case(
            LabelMaps.Row([.. Enumerable.Range(0, 60).Select(x => (byte)((x / (i + 2)) % 4))]), LabelMaps.Row([.. Enumerable.Range(0, 60).Select(x => (byte)(((x + i) / 7) % 4))])))];
        string[] texts = [.. new[] { 1, 4, 8 }.Select(threads =>
        {
            using WorkerPool workers = new(threads);
            EvaluationOptions options = new(NnunetVersion.V2, [.. new uint[] { 1, 2, 3 }.Select(LabelOrRegion.Label)]) { Surface = true };
            return SummaryFile.Text(EvaluationSummary.Of(cases, options, workers));
        })];
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public void Of_DifferentGrids_NamesBothFiles()
    {
        LabelVolume other = new(new VolumeGeometry(new Int3(1, 1, 3), new Spacing(1, 1, 2)), [0, 1, 1]);
        using WorkerPool workers = new(1);
        Assert.Contains("pixdim", Failure(LabelMaps.Row(0, 1, 1)));
        Assert.Contains("dim", Failure(LabelMaps.Row(0, 1)));

        string Failure(LabelVolume prediction)
        {
            EvaluationCase one = LabelMaps.Case(prediction, other);
            string message = Assert.Throws<InvalidFileException>(() => EvaluationSummary.Of([one], new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Label(1)]), workers)).Message;
            Assert.Contains(one.PredictionFile, message);
            Assert.Contains(one.ReferenceFile, message);
            return message;
        }
    }

    [Fact]
    public void Of_NothingToEvaluate_IsRefused()
    {
        Assert.Throws<InvalidRequestException>(() => Evaluate(NnunetVersion.V2, []));
        Assert.Contains("1", Assert.Throws<InvalidRequestException>(() => Evaluate(NnunetVersion.V2, [LabelOrRegion.Label(1), LabelOrRegion.Label(1)])).Message);
        using WorkerPool workers = new(1);
        Assert.Throws<InvalidRequestException>(() => EvaluationSummary.Of([], new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Label(1)]), workers));
    }

    [Fact]
    public void Of_Cancelled_Stops()
    {
        using WorkerPool workers = new(2);
        Assert.ThrowsAny<OperationCanceledException>(() => EvaluationSummary.Of(
            [LabelMaps.Case(Prediction, Reference)], new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Label(1)]), workers, null, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Counts_EveryWidthOfLabels_AreTheSame(int bytes)
    {
        uint offset = bytes switch { 1 => 0u, 2 => 1000, _ => 100000 };
        LabelVolume wide = new(Reference.Geometry, bytes switch { 1 => byte.MaxValue, 2 => ushort.MaxValue, _ => uint.MaxValue });
        for (int i = 0; i < 8; i++)
            wide[i] = Reference[i] + offset;
        OverlapCounts counts = LabelOverlap.Of(wide, wide.Copy()).Counts(LabelOrRegion.Label(1 + offset));
        Assert.Equal(new OverlapCounts(3, 0, 0, 5), counts);
    }

    private static EvaluationSummary Evaluate(NnunetVersion version, LabelOrRegion[] what, uint? ignore = null)
    {
        using WorkerPool workers = new(1);
        return EvaluationSummary.Of([LabelMaps.Case(Prediction, Reference)], new EvaluationOptions(version, [.. what]) { Ignore = ignore }, workers);
    }
}
