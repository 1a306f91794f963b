using System.Xml.Linq;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Training.Trainers;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class TrainingReportTests
{
    private const string Nasty = "<b>\"liver\" & 'co'\u0001\ud800";
    private const string Cleaned = "<b>\"liver\" & 'co'\ufffd\ufffd";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1200)]
    public void Text_AnyNumberOfEpochs_IsOnePageOfItsOwn(int epochs)
    {
        string text = TrainingReport.Text(Facts(), Log(epochs), validation: null);
        XElement page = Parse(text);
        Assert.Equal(5, page.Descendants("svg").Count());
        // Two losses, mean and average, two classes, one rate, four times.
        Assert.Equal(11, page.Descendants("path").Count());
        foreach (string outside in (string[])["http", "src=", "href=", "url(", "@import", "<script"])
            Assert.DoesNotContain(outside, text);
        // A thousand epochs are no reason for a page of megabytes.
        Assert.InRange(text.Length, 1000, 200_000);
    }

    [Fact]
    public void Text_TinyLog_ShowsCurvesTimesSettingsAndSplit()
    {
        XElement page = Parse(TrainingReport.Text(Facts(), Log(3), validation: null));
        string text = page.Value;
        foreach (string part in (string[])["STUNetTrainer_small", "3d_fullres", "3 of 4 epochs", "cpu (test)", "abc123", "16x16x16", "nnU-Net V2", "seed", "7"])
            Assert.Contains(part, text);
        // 10 s per epoch, of which 8 in the network and 1 waiting.
        Assert.Contains("An epoch takes 10.0 s: 80 % inside the network, 10 % waiting for data.", text);
        Assert.Contains("at best 0.3000 in epoch 1", text);
        XElement[] best = [.. page.Descendants("table").First().Elements("tr")];
        Assert.Equal(["epoch", "1", "2", "0"], best.Select(row => row.Elements().First().Value));
        Assert.Equal(["1 case for validation", "2 cases for training"], page.Descendants("summary").Select(summary => summary.Value).TakeLast(2));
    }

    [Fact]
    public void Text_NamesThatLookLikeMarkup_AreShownAsTheyAre()
    {
        TrainingFacts facts = Facts() with { Dataset = Nasty, Split = new DataSplit([Nasty], ["x"]), Initial = new InitialWeights(new SourceFile(Nasty, 1, "0f")) };
        XElement page = Parse(TrainingReport.Text(facts, Log(2), validation: null));
        Assert.DoesNotContain(page.Descendants("b"), element => element.Value.Length > 0);
        Assert.Equal($"{Cleaned}, fold 0", page.Descendants("h1").Single().Value);
        // Its class too, in the legend and in the curve's title.
        Assert.Contains(Cleaned, page.Descendants("span").Select(span => span.Value));
        Assert.Contains(Cleaned, page.Descendants("path").Select(path => path.Value));
        Assert.Contains(Cleaned, page.Descendants("p").Last().Value);
        Assert.Contains($"{Cleaned}, SHA-256 0f", page.Descendants("td").Select(cell => cell.Value));
    }

    [Fact]
    public void Text_EpochsWithoutNumbers_LeaveGapsInTheCurves()
    {
        EpochRecord[] log = [.. Log(5)];
        log[2] = log[2] with { ValidationLoss = double.NaN, MeanDice = double.NaN, AverageDice = double.NaN, Dice = [double.NaN, 0.5] };
        XElement page = Parse(TrainingReport.Text(Facts(), log, validation: null));
        string[] moves = [.. page.Descendants("path").Select(path => (string)path.Attribute("d")!)];
        Assert.Equal([1, 2, 2, 2, 2, 1, 1], moves.Take(7).Select(path => path.Count(letter => letter == 'M')));
        Assert.DoesNotContain(moves, path => path.Contains("NaN", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_FinalValidation_HasTheDiceOfEveryClass()
    {
        EvaluationSummary summary = EvaluationSummary.Of(
            [Case("one", [1, 1, 2, 0], [1, 1, 2, 0]), Case("two", [1, 0, 0, 0], [1, 1, 1, 0])],
            new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Label(1), LabelOrRegion.Label(2)]),
            new WorkerPool(1));
        XElement page = Parse(TrainingReport.Text(Facts(), Log(2), summary));
        XElement[] rows = [.. page.Descendants("table").First().Elements("tr")];
        // Case two: 2 * 1 / (2 * 1 + 0 + 2) = 0.5 for label 1, no label 2.
        Assert.Equal([Cleaned, "two", "0.7500", "0.5000"], rows[1].Elements().Select(cell => cell.Value));
        Assert.Equal(["dark", "one", "1.0000", "1.0000"], rows[2].Elements().Select(cell => cell.Value));
    }

    [Fact]
    public void Text_Regions_AreNamedByTheirOutputs()
    {
        // The order of the outputs, 2 and then 1+2, is not that of the labels.
        TrainingFacts facts = Facts(PlannedFiles.Describe("""{"background": 0, "tumour": 2, "whole": [1, 2]}""", """, "regions_class_order": [1, 2]"""));
        Assert.Equal(["tumour", "whole"], facts.Classes);
        EvaluationSummary summary = EvaluationSummary.Of(
            [Case("one", [1, 0, 2, 2], [1, 1, 2, 2])],
            new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Label(2), LabelOrRegion.Region(1, 2)]),
            new WorkerPool(1));
        XElement page = Parse(TrainingReport.Text(facts, Log(2), summary));
        // Curves of 0.25 and 0.5 in the log's order.
        Assert.Equal(["tumour", "whole"], page.Descendants("svg").ElementAt(2).Descendants("path").Select(path => path.Value));
        XElement[] rows = [.. page.Descendants("table").First().Elements("tr")];
        // 2 * 3 / (2 * 3 + 0 + 1) of the whole.
        Assert.Equal(["tumour", "one", "1.0000", "1.0000"], rows[1].Elements().Select(cell => cell.Value));
        Assert.Equal(["whole", "one", "0.8571", "0.8571"], rows[2].Elements().Select(cell => cell.Value));
    }

    [Theory]
    [InlineData(0, 1, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(-0.3, 1.2, new[] { 0, 0.5, 1 })]
    [InlineData(0, 1000, new[] { 0.0, 200, 400, 600, 800, 1000 })]
    public void RoundBetween_Bounds_GivesRoundNumbersInside(double low, double high, double[] expected) => Assert.Equal(expected, EpochChart.RoundBetween(low, high));

    [Fact]
    public void Write_Page_ReplacesTheOneBefore()
    {
        using TemporaryFolder folder = new();
        string path = folder[TrainingReport.FileName];
        TrainingReport.Write(path, Facts(), Log(1), validation: null);
        TrainingReport.Write(path, Facts(), Log(2), validation: null);
        Assert.Equal(TrainingReport.Text(Facts(), Log(2), validation: null), File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    private static XElement Parse(string page)
    {
        Assert.StartsWith("<!DOCTYPE html>\n", page);
        return XElement.Parse(page[page.IndexOf('\n', StringComparison.Ordinal)..]);
    }

    private static TrainingFacts Facts(string? description = null)
    {
        using TemporaryFolder folder = new();
        DatasetDescription dataset = DatasetDescription.Read(Path.Combine(PlannedFiles.Write(folder["data"], description), DatasetDescription.FileName));
        PlannedTraining planned = PlannedTraining.Of(
            PlannedFiles.Plan(dataset), "3d_fullres", dataset, TrainerName.Parse("STUNetTrainer_small"), "0", NnunetVersion.V2, NnunetVersion.V2);
        return new TrainingFacts(
            "Dataset001_Tiny",
            "3d_fullres",
            planned.Settings with { Epochs = 4, Seed = 7 },
            description is null ? planned.Manifest with { Labels = planned.Manifest.Labels.SetItem(1, Nasty) } : planned.Manifest,
            new DataSplit(["a", "b"], ["c"]),
            "cpu (test)",
            "abc123",
            InitialWeights.Drawn);
    }

    private static IReadOnlyList<EpochRecord> Log(int epochs) => [.. Enumerable.Range(0, epochs).Select(epoch => new EpochRecord(
        epoch, 0.01 / (epoch + 1), -0.1 * epoch, -0.05 * epoch, [0.25, 0.5], 0.3, epoch == 1 ? 0.3 : 0.1 + (0.05 * Math.Min(epoch, 2)), new EpochTimes(10, 8, 1, 2)))];

    private static EvaluationCase Case(string name, byte[] prediction, byte[] reference) => new(name, () => Labels(prediction), () => Labels(reference));

    private static LabelVolume Labels(byte[] values)
    {
        LabelVolume volume = new(new VolumeGeometry(new Int3(1, 1, values.Length), new Spacing(1, 1, 1)), 2);
        values.CopyTo(volume.As<byte>());
        return volume;
    }
}
