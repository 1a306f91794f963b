using System.Text.Json;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Tests.Inference.Evaluation;

namespace STUNet.Tests.Cli;

public sealed class EvaluateCommandTests
{
    [Fact]
    public void Evaluate_V1_WritesSummaryBesideThePredictions()
    {
        using CliFiles files = Cases();
        CliRun run = CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--labels", "1,2").Succeeded();
        JsonElement summary = JsonCompare.Parse(File.ReadAllText(files["pred/summary.json"]));
        JsonElement all = summary.GetProperty("results").GetProperty("all");
        Assert.Equal([files["pred/a.nii.gz"], files["pred/b.nii.gz"]], all.EnumerateArray().Select(one => one.GetProperty("test").GetString()));
        Assert.Equal([files["ref/a.nii.gz"], files["ref/b.nii.gz"]], all.EnumerateArray().Select(one => one.GetProperty("reference").GetString()));
        Assert.Equal(2.0 / 3, all[0].GetProperty("1").GetProperty("Dice").GetDouble());
        Assert.Equal(2.0 / 3, all[1].GetProperty("1").GetProperty("Dice").GetDouble());
        Assert.Equal("NaN", summary.GetProperty("results").GetProperty("mean").GetProperty("2").GetProperty("Dice").GetString());
        Assert.Contains("0.6667", run.Output);
        Assert.Contains("2 cases", run.Output);
    }

    [Fact]
    public void Evaluate_V2WithDatasetAndSurface_GivesJson()
    {
        using CliFiles files = Cases();
        File.WriteAllText(files["dataset.json"], """{"labels": {"background": 0, "organ": 1, "both": [1, 2], "ignore": 7}}""");
        JsonElement json = CliRun.Of(
            "evaluate", "--pred", files["pred"], "--ref", files["ref"], "--dataset", files["dataset.json"], "--surface", "--tolerance", "0.5,2",
            "-o", files["new/s.json"], "--json").Succeeded().Json;
        Assert.Equal(2, json.GetProperty("cases").GetInt32());
        JsonElement organ = json.GetProperty("labels")[0];
        Assert.Equal("organ", organ.GetProperty("name").GetString());
        // Case a: voxels 0, 1 against 0: HD 1; case b: voxel 0 against 0 and its neighbour in z, 2 mm away.
        Assert.Equal((1.0 + 2) / 2, organ.GetProperty("mean").GetProperty("HD").GetDouble());
        Assert.Equal(2.0 / 3, organ.GetProperty("mean").GetProperty("NSD_0.5").GetDouble());
        Assert.Equal(1, organ.GetProperty("mean").GetProperty("NSD_2").GetDouble());
        JsonElement summary = JsonCompare.Parse(File.ReadAllText(files["new/s.json"]));
        Assert.Equal(["(1, 2)", "1"], summary.GetProperty("mean").EnumerateObject().Select(member => member.Name));
        Assert.False(File.Exists(files["pred/summary.json"]));
    }

    [Fact]
    public void Evaluate_V1WithDataset_HasTheBackgroundAmongTheLabels()
    {
        using CliFiles files = Cases();
        File.WriteAllText(files["dataset.json"], """{"labels": {"0": "background", "1": "organ"}}""");
        CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--dataset", files["dataset.json"], "--threads", "1").Succeeded();
        JsonElement summary = JsonCompare.Parse(File.ReadAllText(files["pred/summary.json"]));
        Assert.Equal(["0", "1"], summary.GetProperty("results").GetProperty("mean").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void Evaluate_UnifiedLabels_AreNamedByTheirClass()
    {
        using CliFiles files = Cases();
        // The model's aorta is 3, and 1 its left adrenal gland.
        File.WriteAllText(files["table.json"], """{"classes": [["1", "LAG"], ["2", "aorta"]]}""");
        CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--unify", files["table.json"]).Succeeded();
        JsonElement mean = JsonCompare.Parse(File.ReadAllText(files["pred/summary.json"])).GetProperty("results").GetProperty("mean");
        Assert.Equal(["LAG", "aorta"], mean.EnumerateObject().Select(member => member.Name));
        Assert.Equal(2.0 / 3, mean.GetProperty("LAG").GetProperty("Dice").GetDouble());
        CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--unify", "Task020_AbdomenCT1K").Succeeded();
        CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--unify", "Task999").FailedWith(ExitCode.Usage, "Task999", "Task022_FLARE22");
    }

    [Fact]
    public void Evaluate_CaseMissingOnOneSide_NamesIt()
    {
        using CliFiles files = Cases();
        files.Labels("ref/c.nii.gz", [1]);
        Evaluate(files).FailedWith(ExitCode.InputFile, files["ref/c.nii.gz"], "prediction", "--chill");
        Assert.DoesNotContain(files.FilesIn("pred"), name => name.EndsWith(".json", StringComparison.Ordinal));
        Evaluate(files, "--chill").Succeeded();
        files.Labels("pred/d.nii.gz", [1]);
        Evaluate(files, "--chill").FailedWith(ExitCode.InputFile, files["pred/d.nii.gz"], "reference");
    }

    [Fact]
    public void Evaluate_DifferentGrids_NameFileAndField()
    {
        using CliFiles files = new();
        files.Labels("ref/a.nii.gz", [0]);
        files.Labels("pred/a.nii.gz", [0], size: new Int3(2, 3, 7));
        Evaluate(files).FailedWith(ExitCode.InputFile, files["pred/a.nii.gz"], "dim", files["ref/a.nii.gz"]);
        files.Labels("pred/a.nii.gz", [0], spacing: new Spacing(2, 1, 1.1));
        Evaluate(files).FailedWith(ExitCode.InputFile, files["pred/a.nii.gz"], "pixdim", files["ref/a.nii.gz"]);
        Assert.Equal(["a.nii.gz"], files.FilesIn("pred"));
    }

    [Fact]
    public void Evaluate_UnusableFiles_AreNamed()
    {
        using CliFiles files = Cases();
        VolumeFile.Write(files["pred/a.nii.gz"], new Volume(new VolumeGeometry(LabelFiles.Size, new Spacing(2, 1, 1)), [.. Enumerable.Repeat(0.5f, 48)]));
        Evaluate(files).FailedWith(ExitCode.InputFile, files["pred/a.nii.gz"], "not a label");
        files.Labels("pred/a.nii", [1]);
        Evaluate(files).FailedWith(ExitCode.InputFile, "case a", "twice");
        CliRun.Of("evaluate", "--pred", files["absent"], "--ref", files["ref"], "--labels", "1").FailedWith(ExitCode.InputFile, files["absent"], "no such folder");
        CliRun.Of("evaluate", "--pred", files["pred"], "--ref", files["ref"], "--dataset", files["absent.json"]).FailedWith(ExitCode.InputFile, files["absent.json"]);
    }

    [Fact]
    public void Evaluate_Cancelled_WritesNothing()
    {
        using CliFiles files = Cases();
        CliRun.Of(new CancellationToken(canceled: true), "evaluate", "--pred", files["pred"], "--ref", files["ref"], "--labels", "1").FailedWith(ExitCode.Cancelled, "cancelled");
        Assert.Equal(["a.nii.gz", "b.nii.gz"], files.FilesIn("pred"));
    }

    private static CliFiles Cases()
    {
        CliFiles files = new();
        files.Labels("ref/a.nii.gz", [0]);
        files.Labels("pred/a.nii.gz", [0, 1]);
        files.Labels("ref/b.nii.gz", [0, 24]);
        files.Labels("pred/b.nii.gz", [0]);
        return files;
    }

    private static CliRun Evaluate(CliFiles files, params string[] more) => CliRun.Of(["evaluate", "--pred", files["pred"], "--ref", files["ref"], "--labels", "1", .. more]);
}
