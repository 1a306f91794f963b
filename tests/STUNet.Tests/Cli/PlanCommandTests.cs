using System.Text.Json;
using STUNet.Cli;
using STUNet.Tests.Training.Datasets;
using STUNet.Tests.WeightsConverter;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class PlanCommandTests
{
    [Fact]
    public void Plan_SoundDataset_WritesWhatTrainingNeeds()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        CliRun run = Plan(files).Succeeded();
        Assert.Equal(["dataset.json", "dataset_fingerprint.json", "nnUNetPlans.json", RawDatasetLocation.FileName, "splits_final.json", "verification.json"], Written(files));
        Assert.Equal(File.ReadAllBytes(files["dataset.json"]), File.ReadAllBytes(files.Beside("out/dataset.json")));
        Assert.Equal(files.Folder, RawDatasetLocation.Open(files.Beside("out")).Folder);
        ExperimentPlan plan = ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json"));
        Assert.Equal("Dataset001_Small", plan.DatasetName);
        Assert.Equal(4, DatasetFingerprint.Read(files.Beside("out/dataset_fingerprint.json")).ShapesAfterCrop[0].D);
        Assert.Equal(DataSplits.FoldCount, DataSplits.Read(files.Beside("out/splits_final.json")).Folds.Length);
        Assert.Contains("3d_fullres", run.Output);
        Assert.Contains("no errors", run.Output);
    }

    [Fact]
    public void Plan_Json_TellsPatchAndBatch()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        JsonElement result = CliRun.Of("plan", files.Folder, "-o", files.Beside("out"), "--json").Succeeded().Json;
        Assert.True(result.GetProperty("passed").GetBoolean());
        JsonElement slices = result.GetProperty("configurations")[0];
        Assert.Equal("2d", slices.GetProperty("name").GetString());
        Assert.Equal(2, slices.GetProperty("patchSize").GetArrayLength());
        Assert.Equal(2, slices.GetProperty("batchSize").GetInt32());
    }

    [Fact]
    public void Plan_FaultyDataset_ListsTheFaultsAndPlansNothing()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        File.Delete(files["labelsTr/case_2.nii.gz"]);
        files.Labels("labelsTr/case_4.nii.gz", (_, _, _) => 9);
        CliRun run = Plan(files);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("2 errors", run.Output);
        Assert.Contains($"error: {files["labelsTr/case_2.nii.gz"]}: the label map is missing", run.Output);
        Assert.Contains("voxels of 9", run.Output);
        Assert.Equal(["verification.json"], Written(files));
    }

    [Fact]
    public void VerifyOnly_NeedsNoOutputAndPlansNothing()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        CliRun.Of("plan", files.Folder, "--verify-only").Succeeded();
        Assert.Empty(Written(files));
        Plan(files, "--verify-only").Succeeded();
        Assert.Equal(["verification.json"], Written(files));
    }

    [Fact]
    public void Plan_ExistingSplits_AreKept()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        Directory.CreateDirectory(files.Beside("out"));
        const string Own = """[{"train": ["case_0"], "val": ["case_1"]}]""";
        File.WriteAllText(files.Beside("out/splits_final.json"), Own);
        Assert.Contains("kept", Plan(files).Succeeded().Output);
        Assert.Equal(Own, File.ReadAllText(files.Beside("out/splits_final.json")));
        File.WriteAllText(files.Beside("out/splits_final.json"), """[{"train": ["case_0"], "val": ["case_1"]}, {"train": ["case_0", "case_1"], "val": ["case_1"]}]""");
        string warning = Assert.Single(Plan(files).Succeeded().Error.Split('\n'), line => line.Contains("warning", StringComparison.Ordinal));
        Assert.Contains("splits_final.json: fold 1 trains on 1 of its 1 validation cases too, such as case_1,", warning);
        File.WriteAllText(files.Beside("out/splits_final.json"), """[{"train": ["gone"], "val": ["case_1"]}]""");
        Plan(files).FailedWith(ExitCode.InputFile, "splits_final.json", "gone");
    }

    [Fact]
    public void Plan_SplitsOfVersion1_AreWrittenAsJson()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        Directory.CreateDirectory(files.Beside("out"));
        string pickle = files.Beside("out/splits_final.pkl");
        File.WriteAllBytes(pickle, NnunetV1SplitsTests.OfNumpy);
        Assert.Contains($"{pickle}: its 2 folds are written to splits_final.json", Plan(files).Succeeded().Output);
        DataSplits splits = DataSplits.Read(files.Beside("out/splits_final.json"));
        Assert.Equal(["case_1", "case_2", "case_3", "case_4"], splits.Folds[0].Train);
        Assert.Equal(["case_1"], splits.Folds[1].Validation);

        // Now that there is the other file, it counts.
        File.WriteAllBytes(pickle, [0x80, 4]);
        Assert.Contains("splits_final.json is kept", Plan(files).Succeeded().Output);
        File.Delete(files.Beside("out/splits_final.json"));
        Plan(files).FailedWith(ExitCode.InputFile, pickle);
        File.WriteAllBytes(pickle, NnunetV1SplitsTests.Naming("gone"));
        Plan(files).FailedWith(ExitCode.InputFile, pickle, "[0]", "gone");
    }

    [Fact]
    public void Plan_FewCases_WarnsThatThereAreNoFolds()
    {
        using DatasetFiles files = DatasetFiles.Sound(3);
        Assert.Contains("fold all", Plan(files).Succeeded().Error);
        Assert.DoesNotContain("splits_final.json", Written(files));
    }

    [Fact]
    public void Plan_Pretrained_KeepsItsSpacingAndPatch()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        using CliFiles models = new();
        CliRun.Of(["plan", files.Folder, "-o", files.Beside("out"), "--pretrained", models.Model()]).Succeeded();
        PlanConfiguration configuration = Assert.Single(ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json")).Configurations);
        Assert.Equal([16, 16, 24], configuration.PatchSize);
        Assert.Equal([2.0, 2.0, 2.0], configuration.Spacing);
        Plan(files, "--pretrained", files.Beside("out/nnUNetPlans.json")).Succeeded();
        Assert.Equal([16, 16, 24], ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json")).Configuration("3d_fullres").PatchSize);
        Plan(files, "--pretrained", files.Beside("absent")).FailedWith(ExitCode.InputFile, files.Beside("absent"), "no such file or folder");
        Plan(files, "--pretrained", files.Beside("absent.json")).FailedWith(ExitCode.InputFile, files.Beside("absent.json"), "does not exist");
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public void Plan_PretrainedByNnunet_IsReadWithoutConversion(string form)
    {
        using DatasetFiles files = DatasetFiles.Sound();
        using CliFiles models = new();
        CliRun.Of("convert", "--to", "pytorch", "-i", models.Model(), "-o", models["nnunet"], "--form", form).Succeeded();
        Plan(files, "--pretrained", models["nnunet"]).Succeeded();
        PlanConfiguration configuration = Assert.Single(ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json")).Configurations);
        Assert.Equal([16, 16, 24], configuration.PatchSize);
        Assert.Equal([2.0, 2.0, 2.0], configuration.Spacing);
    }

    [Fact]
    public void Plan_PretrainedWithItsPlans_KeepsBatchAndConfigurations()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        using CliFiles models = new();
        string model = models.Model();
        Assert.Contains("(batch 2, as the published models had", Plan(files, "--pretrained", model).Succeeded().Output);
        // As a training leaves them in its model folder.
        File.Copy(files.Beside("out/dataset.json"), Path.Combine(model, DatasetDescription.FileName));
        ExperimentPlan made = ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json"));
        PlanConfiguration full = made.Configuration("3d_fullres") with { BatchSize = 7 };
        string plans = Path.Combine(model, TrainedPlans.PlansFile);
        (made with { Configurations = [full, full with { Name = "3d_other", Spacing = [3, 3, 3] }] }).Write(plans);
        AssertKept(model, plans, ["3d_fullres", "3d_other"]);
        AssertKept(plans, plans, ["3d_fullres", "3d_other"]);

        CliRun.Of("convert", "--to", "pytorch", "-i", model, "-o", models["v2"], "--form", "v2").Succeeded();
        foreach (string path in (string[])["v2", "v2/fold_0", "v2/fold_0/checkpoint_final.pth"])
            AssertKept(models[path], models["v2/plans.json"], ["3d_fullres", "3d_other"]);
        File.Copy(models["v2/fold_0/checkpoint_final.pth"], models["alone.pth"]);
        AssertKept(models["alone.pth"], models["alone.pth"], ["3d_fullres"]);

        CliRun.Of("convert", "--to", "pytorch", "-i", model, "-o", models["v1"], "--form", "v1").Succeeded();
        foreach (string path in (string[])["v1", "v1/plans.pkl", "v1/fold_0/model_final_checkpoint.model", "v1/fold_0/model_final_checkpoint.model.pkl"])
            AssertKept(models[path], models[path], ["3d_fullres"]);

        (made with { Configurations = [full with { PatchSize = [16, 16, 16] }] }).Write(plans);
        Plan(files, "--pretrained", model).FailedWith(ExitCode.InputFile, plans, "configurations", "patch 16x16x24", "remove it");

        void AssertKept(string pretrained, string source, string[] names)
        {
            Assert.Contains($"{source}: keeps 3d_fullres (batch 7)", Plan(files, "--pretrained", pretrained).Succeeded().Output);
            ExperimentPlan plan = ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json"));
            Assert.Equal(names, plan.Configurations.Select(configuration => configuration.Name));
            PlanConfiguration kept = plan.Configuration("3d_fullres");
            Assert.Equal((7, "Dataset001_Small"), (kept.BatchSize, plan.DatasetName));
            Assert.Equal([16, 16, 24], kept.PatchSize);
            Assert.Equal([2.0, 2.0, 2.0], kept.Spacing);
            Assert.Equal(full.PoolOpKernelSizes, kept.PoolOpKernelSizes);
            Assert.Equal(full.NormalizationSchemes, kept.NormalizationSchemes);
        }
    }

    [Fact]
    public void Plan_PretrainedByOtherFiles_IsOneLine()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        File.WriteAllText(files.Beside("text.pkl"), "no pickle");
        Plan(files, "--pretrained", files.Beside("text.pkl")).FailedWith(ExitCode.InputFile, files.Beside("text.pkl"));
        Plan(files, "--pretrained", files.Beside("absent.pkl")).FailedWith(ExitCode.InputFile, files.Beside("absent.pkl"), "does not exist");
    }

    [Fact]
    public void Plan_Spacing_ReplacesTheDatasetsOwn()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        Plan(files, "--spacing", "1x1x3").Succeeded();
        ExperimentPlan plan = ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json"));
        Assert.Equal([2, 0, 1], plan.TransposeForward);
        Assert.Equal([3.0, 1.0, 1.0], plan.Configuration("3d_fullres").Spacing);
        Plan(files, "--spacing", "1", "--pretrained", files.Beside("out/nnUNetPlans.json")).FailedWith(ExitCode.Usage, "--spacing", "--pretrained");
    }

    [Fact]
    public void Plan_WrongRequests_AreOneLine()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        CliRun.Of("plan", files.Folder).FailedWith(ExitCode.Usage, "--output", "--verify-only");
        CliRun.Of("plan", files.Folder, "-o", files.Folder).FailedWith(ExitCode.Usage, "-o", "itself");
        CliRun.Of("plan", files.Beside("absent"), "-o", files.Beside("out")).FailedWith(ExitCode.InputFile, "absent", "does not exist");
        File.WriteAllText(files["dataset.json"], "{");
        Plan(files).FailedWith(ExitCode.InputFile, files["dataset.json"], "not JSON");
        Assert.Empty(Written(files));
    }

    [Fact]
    public void Plan_Cancelled_LeavesNothing()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        CliRun.Of(new CancellationToken(canceled: true), "plan", files.Folder, "-o", files.Beside("out")).FailedWith(ExitCode.Cancelled, "cancelled");
        Assert.Empty(Written(files));
    }

    private static CliRun Plan(DatasetFiles files, params string[] more) => CliRun.Of(["plan", files.Folder, "-o", files.Beside("out"), .. more]);

    private static string[] Written(DatasetFiles files) => Directory.Exists(files.Beside("out"))
        ? [.. Directory.GetFiles(files.Beside("out"), "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];
}
