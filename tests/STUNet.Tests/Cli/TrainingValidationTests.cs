using System.Text.Json;
using System.Xml.Linq;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class TrainingValidationTests(PhantomTraining phantoms) : IClassFixture<PhantomTraining>
{
    private const string Raw = "raw/Dataset900_Torso";

    [Fact]
    public void Train_Finished_ValidatesTheFoldAndReportsIt()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"]), "--tune"]).FailedWith(ExitCode.Usage, "--tune measures on a GPU", "--device cuda");
        Assert.Empty(files.FilesIn("model"));
        JsonElement result = CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1), "--json"]).Succeeded().Json;
        Assert.Equal(1, result.GetProperty("validation_cases").GetInt32());
        string[] validated = [.. files.FilesIn("model/fold_0/validation")];
        string prediction = Assert.Single(validated, file => file.EndsWith(".nii.gz", StringComparison.Ordinal));
        Assert.Equal([prediction, "predicted_from.json", "summary.json"], validated);
        // What predict gives with the model, and evaluate says of it.
        string image = Path.Combine(files[Raw], "imagesTr", prediction.Replace(".nii.gz", "_0000.nii.gz", StringComparison.Ordinal));
        CliRun.Of("predict", "--model", files["model"], "-i", image, "-o", files[$"again/{prediction}"]).Succeeded();
        Assert.Equal(File.ReadAllBytes(files[$"again/{prediction}"]), File.ReadAllBytes(files[$"model/fold_0/validation/{prediction}"]));
        CliRun.Of(
            "evaluate", "--pred", files["again"], "--ref", files[$"{Raw}/labelsTr"], "--chill", "--dataset", Path.Combine(data, "dataset.json"), "--format", "v2").Succeeded();
        Assert.Equal(Means(files["again/summary.json"]), Means(files["model/fold_0/validation/summary.json"]));
        string report = File.ReadAllText(files["model/fold_0/report.html"]);
        Assert.Contains("Final validation", XElement.Parse(report[report.IndexOf('\n', StringComparison.Ordinal)..]).Descendants("h2").Select(heading => heading.Value));
    }

    [Fact]
    public void Train_RulesOfVersion1_AlsoDecideOnPostprocessing()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1), "--rules", "v1"]).Succeeded();
        string[] fold = files.FilesIn("model/fold_0");
        foreach (string file in (string[])["postprocessing.json", "validation_raw/summary.json", "validation_raw_postprocessed/summary.json"])
            Assert.Contains(file.Replace('/', Path.DirectorySeparatorChar), fold);
        PostprocessingFile.Read(files["model/fold_0/postprocessing.json"]);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(files["model/fold_0/validation_raw/summary.json"]).Replace("NaN", "null", StringComparison.Ordinal));
        // v1 evaluates the background too, and names the task.
        Assert.True(summary.RootElement.GetProperty("results").GetProperty("mean").TryGetProperty("0", out _));
        Assert.Equal("Dataset900_Torso", summary.RootElement.GetProperty("task").GetString());
    }

    [Fact]
    public void Validation_AskedForLater_KeepsWhatIsPredictedByTheSameCheckpoint()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] line = PhantomTraining.Line(data, files["model"], epochs: 1, fold: "all");
        CliRun.Of([.. line, "--val"]).FailedWith(ExitCode.InputFile, TrainingFolder.FinalFile, "not finished");
        Assert.Empty(files.FilesIn("model"));
        CliRun.Of([.. line, "--no-validation"]).Succeeded();
        Assert.Empty(files.FilesIn("model/fold_all/validation"));
        string[] brief = [.. PhantomTraining.Brief(data, files["model"], "all"), "--val"];
        CliRun.Of(brief).Succeeded();
        // The short line says nothing of epochs; the checkpoint does.
        Assert.Contains("1 of 1 epochs", File.ReadAllText(files["model/fold_all/report.html"]));
        string[] predictions = [.. Directory.GetFiles(files["model/fold_all/validation"], "*.nii.gz").Order(StringComparer.Ordinal)];
        Assert.Equal(5, predictions.Length);
        byte[] right = File.ReadAllBytes(predictions[0]);
        string summary = File.ReadAllText(files["model/fold_all/validation/summary.json"]);

        LabelVolume other = VolumeFile.ReadLabels(predictions[1]);
        for (int i = 0; i < other.Size.Product; i++)
            other[i] = 1;
        VolumeFile.Write(predictions[1], other);
        byte[] kept = File.ReadAllBytes(predictions[1]);
        File.Delete(predictions[0]);
        CliRun.Of(brief).Succeeded();
        Assert.Equal(right, File.ReadAllBytes(predictions[0]));
        Assert.Equal(kept, File.ReadAllBytes(predictions[1]));
        Assert.NotEqual(summary, File.ReadAllText(files["model/fold_all/validation/summary.json"]));

        File.WriteAllText(files["model/fold_all/validation/predicted_from.json"], """{"checkpoint_sha256": "another"}""");
        CliRun.Of(brief).Succeeded();
        Assert.Equal(summary, File.ReadAllText(files["model/fold_all/validation/summary.json"]));
    }

    [Theory]
    [InlineData("v1", "validation_raw")]
    [InlineData("v2", "validation")]
    public void Validation_WithProbabilities_WritesThemAlsoForCasesThatArePredicted(string rules, string name)
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] line = [.. PhantomTraining.Line(data, files["model"], epochs: 1), "--rules", rules];
        CliRun.Of(line).Succeeded();
        string folder = files[$"model/fold_0/{name}"];
        string labels = Directory.GetFiles(folder, "*.nii.gz").Single();
        byte[] before = File.ReadAllBytes(labels);
        Assert.Empty(Directory.GetFiles(folder, "*.npz"));
        CliRun.Of([.. line, "--val", "--npz"]).Succeeded();
        Assert.Equal(before, File.ReadAllBytes(labels));
        string[] stored = [.. ProbabilityFiles.OfLabels(labels)];
        Assert.All(stored, file => Assert.True(File.Exists(file), file));
        File.WriteAllText(stored[0], "kept");
        CliRun.Of([.. line, "--val", "--npz"]).Succeeded();
        Assert.Equal("kept", File.ReadAllText(stored[0]));
        File.WriteAllText(Path.Combine(folder, "predicted_from.json"), """{"checkpoint_sha256": "another"}""");
        CliRun.Of([.. line, "--val"]).Succeeded();
        Assert.All(stored, file => Assert.False(File.Exists(file), $"{file} is of another checkpoint"));
    }

    [Fact]
    public void Validation_RawDataElsewhere_IsSaidInOneLineAndFoundByRaw()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        Directory.Move(files["raw"], files["moved"]);
        CliRun trained = CliRun.Of(PhantomTraining.Line(data, files["model"], epochs: 1)).Succeeded();
        Assert.Contains("without final validation", Assert.Single(trained.ErrorLines, line => line.StartsWith("stunet: warning:", StringComparison.Ordinal)));
        string[] line = [.. PhantomTraining.Brief(data, files["model"]), "--val"];
        CliRun.Of(line).FailedWith(ExitCode.InputFile, "raw_dataset.json", "--raw");
        CliRun.Of([.. line, "--raw", files["moved/Dataset900_Torso"]]).Succeeded();
        string label = Path.Combine(files["moved/Dataset900_Torso/labelsTr"], Path.GetFileName(Directory.GetFiles(files["model/fold_0/validation"], "*.nii.gz").Single()));
        File.Delete(label);
        CliRun.Of([.. line, "--raw", files["moved/Dataset900_Torso"]]).FailedWith(ExitCode.InputFile, Path.GetFileName(label), "validation case");
        File.Delete(Path.Combine(data, RawDatasetLocation.FileName));
        CliRun.Of(line).FailedWith(ExitCode.InputFile, RawDatasetLocation.FileName);
    }

    [Fact]
    public void Validation_OtherTrainingThanAskedFor_IsRefusedByName()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1), "--no-validation"]).Succeeded();
        string[] line = [.. PhantomTraining.Brief(data, files["model"]), "--val"];
        CliRun.Of([.. line, "--rules", "v1"]).FailedWith(ExitCode.InputFile, "trainingRules", "--rules v2");
        // The fold's cases have changed places since.
        DataSplits splits = DataSplits.Read(Path.Combine(data, DataSplits.FileName));
        new DataSplits([.. splits.Folds.Reverse()]).Write(Path.Combine(data, DataSplits.FileName));
        CliRun.Of(line).FailedWith(ExitCode.InputFile, "other training or validation cases");
        Assert.False(Directory.Exists(files["model/fold_0/validation"]));
    }

    [Fact]
    public void Validation_OfTheBestCheckpoint_TakesTheOthersPlaceAndSaysSo()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] line = PhantomTraining.Line(data, files["model"], epochs: 1);
        CliRun.Of("init", "-o", files["drawn"], "--size", "custom", "--patch", "32", "--dims", PhantomTraining.FewDims, "--depth", "1").Succeeded();
        CliRun.Of(["finetune", .. line[1..], "-pretrained_weights", files["drawn"], "--no-validation"]).Succeeded();
        string[] brief = [.. PhantomTraining.Brief(data, files["model"]), "--val"];
        string fold = files["model/fold_0"];
        CliRun.Of(brief).Succeeded();
        Assert.Equal(TrainingFolder.FinalFile, PredictedFrom());
        // A best checkpoint that is certainly not the last: that of another training of the same network, whose label maps are known.
        CliRun.Of(PhantomTraining.Line(data, files["other"], epochs: 1)).Succeeded();
        string best = Path.Combine(fold, TrainingFolder.BestFile);
        File.Copy(files[$"other/fold_0/{TrainingFolder.FinalFile}"], best, overwrite: true);
        string expected = Directory.GetFiles(files["other/fold_0/validation"], "*.nii.gz").Single();
        string predicted = Path.Combine(fold, "validation", Path.GetFileName(expected));
        Assert.NotEqual(File.ReadAllBytes(expected), File.ReadAllBytes(predicted));
        CliRun.Of([.. brief, "--val_best"]).Succeeded();
        Assert.Equal(TrainingFolder.BestFile, PredictedFrom());
        Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(predicted));
        string report = File.ReadAllText(Path.Combine(fold, TrainingReport.FileName));
        Assert.Contains($"by {TrainingFolder.BestFile};", report);
        Assert.Contains($"{Path.Combine(files["drawn"], "fold_0.safetensors")}, SHA-256 ", report);
        CliRun.Of([.. brief, "--valbest", "--rules", "v1"]).FailedWith(ExitCode.Usage, "--val_best", "--rules v2");
        File.Delete(best);
        CliRun.Of([.. brief, "--valbest"]).FailedWith(ExitCode.InputFile, TrainingFolder.BestFile, "leave out --val_best");

        string PredictedFrom()
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(fold, "validation", "predicted_from.json")));
            string named = json.RootElement.GetProperty("checkpoint").GetString()!;
            using TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(Path.Combine(fold, named));
            Assert.Equal(checkpoint.Hash, json.RootElement.GetProperty("checkpoint_sha256").GetString());
            return named;
        }
    }

    [Theory]
    [InlineData("--val", "--c")]
    [InlineData("--val", "--no-validation")]
    [InlineData("--val_best", "--no-validation")]
    [InlineData("--npz", "--no-validation")]
    public void Train_OptionsThatExcludeEachOther_AreRefused(string one, string other)
    {
        using CliFiles files = new();
        CliRun.Of([.. PhantomTraining.Line(files["data"], files["model"]), one, other]).FailedWith(ExitCode.Usage, one, other);
    }

    [Fact]
    public void Run_CancelledAfterACase_GoesOnWithTheNext()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1, fold: "all"), "--no-validation"]).Succeeded();
        DatasetDescription dataset = DatasetDescription.Read(Path.Combine(data, DatasetDescription.FileName));
        RawDataset raw = RawDatasetLocation.Open(data);
        PlannedTraining planned = PlannedTraining.Of(
            ExperimentPlan.Read(Path.Combine(data, ExperimentPlan.FileName)), "3d_fullres", dataset, TrainerName.Parse("STUNetTrainer_small"), "all", NnunetVersion.V2, NnunetVersion.V2,
            TrainerChanges.None with { Dims = Triples.TryParseNumbers(PhantomTraining.FewDims)!.Value });
        FinalValidation validation = FinalValidation.Of(raw, DataSplit.All(raw.Cases.Select(entry => entry.Identifier)), planned.Settings, dataset.Labels, files["model/fold_all"]);
        using TrainingCheckpoint final = TrainingCheckpoint.Open(files[$"model/fold_all/{TrainingFolder.FinalFile}"]);
        using SegmentationModel model = validation.ModelOf(planned.Manifest, final);
        using CpuDevice device = new(1);
        using Segmenter segmenter = new(model, device);
        using CancellationTokenSource cancellation = new();
        Assert.ThrowsAny<OperationCanceledException>(() => validation.Run(segmenter, final, device.Workers, new ProgressReport<ValidationProgress>(state =>
        {
            if (Directory.GetFiles(validation.Folder, "*.nii.gz").Length > 0)
                cancellation.Cancel();
        }), cancellation.Token));
        string[] done = [.. Directory.GetFiles(validation.Folder).Select(path => Path.GetFileName(path))];
        Assert.InRange(done.Count(file => file.EndsWith(".nii.gz", StringComparison.Ordinal)), 1, 4);
        Assert.DoesNotContain(done, file => file.EndsWith(".partial", StringComparison.Ordinal) || file == SummaryFile.FileName);
        double last = 0;
        EvaluationSummary summary = validation.Run(segmenter, final, device.Workers, new ProgressReport<ValidationProgress>(state =>
        {
            if (!state.Step.EndsWith("predicting", StringComparison.Ordinal))
                return;
            Assert.InRange(state.Done, Math.Max(last, 1 - 1e-9), state.Total);
            last = state.Done;
        }), CancellationToken.None);
        Assert.Equal((5, 5), (summary.Cases.Count, last));
        Assert.Equal(raw.Cases.Select(entry => entry.Identifier), summary.Cases.Select(scores => scores.Case.Name));
    }

    private static string Means(string summary)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(summary).Replace("NaN", "null", StringComparison.Ordinal));
        return document.RootElement.GetProperty("foreground_mean").GetRawText() + document.RootElement.GetProperty("mean").GetRawText();
    }
}
