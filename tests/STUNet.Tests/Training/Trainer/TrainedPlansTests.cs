using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Tests.Training.Trainers;

public sealed class TrainedPlansTests
{
    [Fact]
    public void Find_FilesOfATraining_GivesThemAsTheyAre()
    {
        using TemporaryFolder folder = new();
        ModelManifest model = Copied(folder);
        // What nnU-Net does not define is kept too.
        Edit(folder, plans => plans["made_by"] = "hand");
        ExportedPlans found = TrainedPlans.Find(folder["model"], model)!;
        Assert.Equal(File.ReadAllText(folder["model/plans.json"]), found.Plans);
        Assert.Equal(File.ReadAllText(folder["data/dataset.json"]), found.Dataset);
        Assert.Equal(("3d_fullres", 2, false, null), (found.Configuration, found.BatchSize, found.BatchDice, found.Fingerprint));
        Assert.Equal([20, 22, 24], found.MedianShape);
        Assert.Equal([2, 2, 2], found.OriginalSpacing);
        File.WriteAllText(folder["model/dataset_fingerprint.json"], "{}");
        Assert.Equal("{}", TrainedPlans.Find(folder["model"], model)!.Fingerprint);
    }

    [Fact]
    public void Find_ConfigurationsThatDifferInBatch_GivesTheTrainedOne()
    {
        using TemporaryFolder folder = new();
        ModelManifest model = Copied(folder);
        Edit(folder, plans =>
        {
            JsonObject all = (JsonObject)plans["configurations"]!;
            all["3d_fullres_bs4"] = new JsonObject { ["inherits_from"] = "3d_fullres", ["batch_size"] = 4, ["batch_dice"] = true };
            all["3d_lowres"] = new JsonObject { ["inherits_from"] = "3d_fullres", ["spacing"] = new JsonArray(4.0, 4.0, 4.0) };
        });
        ExportedPlans found = TrainedPlans.Find(folder["model"], model, NnunetVersion.V2, batchSize: 4)!;
        Assert.Equal(("3d_fullres_bs4", 4, true), (found.Configuration, found.BatchSize, found.BatchDice));
        Assert.Equal("3d_fullres", TrainedPlans.Find(folder["model"], model, NnunetVersion.V2, batchSize: 2)!.Configuration);
        Assert.Equal("3d_lowres", TrainedPlans.Find(folder["model"], model with { SpacingMm = [4, 4, 4] })!.Configuration);
        // By v1's rules the fine one of several resolutions sums over the batch.
        Assert.True(TrainedPlans.Find(folder["model"], model, NnunetVersion.V1, batchSize: 2)!.BatchDice);
    }

    [Fact]
    public void Find_MissingFiles_GivesNothing()
    {
        using TemporaryFolder folder = new();
        ModelManifest model = Copied(folder);
        File.Delete(folder["model/dataset.json"]);
        Assert.Null(TrainedPlans.Find(folder["model"], model));
    }

    [Fact]
    public void Find_FilesOfAnotherModel_NamesFileAndFix()
    {
        using TemporaryFolder folder = new();
        ModelManifest model = Copied(folder);
        InvalidFileException failure = Assert.Throws<InvalidFileException>(() => TrainedPlans.Find(folder["model"], model with { PatchSize = new Int3(32, 16, 16) }));
        Assert.All((string[])["plans.json", "configurations", "32", "remove it"], text => Assert.Contains(text, failure.Message));
        Assert.Contains("batch 3", Assert.Throws<InvalidFileException>(() => TrainedPlans.Find(folder["model"], model, NnunetVersion.V2, batchSize: 3)).Message);
        File.WriteAllText(folder["model/dataset.json"], PlannedFiles.Describe(labels: """{"background": 0, "bright": 1}"""));
        Assert.Contains("dataset.json: 1 channels and 2 outputs", Assert.Throws<InvalidFileException>(() => TrainedPlans.Find(folder["model"], model)).Message);
        File.WriteAllText(folder["model/plans.json"], "{");
        Assert.Contains("plans.json", Assert.Throws<InvalidFileException>(() => TrainedPlans.Find(folder["model"], model)).Message);
    }

    /// <summary>A model folder with the files alone; gives the model that was trained there.</summary>
    private static ModelManifest Copied(TemporaryFolder folder)
    {
        PlannedFiles.Write(folder["data"]);
        Directory.CreateDirectory(folder["model"]);
        TrainedPlans.Copy(folder["data"], folder["model"]);
        DatasetDescription dataset = DatasetDescription.Read(folder["data/dataset.json"]);
        return PlannedTraining.Of(PlannedFiles.Plan(dataset), "3d_fullres", dataset, TrainerName.Parse("STUNetTrainer_small"), "0", NnunetVersion.V2, NnunetVersion.V2).Manifest;
    }

    private static void Edit(TemporaryFolder folder, Action<JsonNode> edit)
    {
        JsonNode plans = JsonNode.Parse(File.ReadAllText(folder["model/plans.json"]))!;
        edit(plans);
        File.WriteAllText(folder["model/plans.json"], plans.ToJsonString());
    }
}
