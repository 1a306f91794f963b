using STUNet.Cli;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Tests.WeightsConverter;

namespace STUNet.Tests.Cli;

public sealed class ConvertCommandTests
{
    [Fact]
    public void Convert_TwoFolds_KeepsLabelsAndLicence()
    {
        using CliFiles files = new();
        TinyModel.WriteFolder(files["trained"], folds: 2);
        File.WriteAllText(files["labels.json"], """{"0": "background", "1": "left", "2": "right"}""");
        CliRun run = CliRun.Of(
            "convert", "-i", files["trained"], "-o", files["model"], "--dtype", "bf16", "--labels", files["labels.json"], "--licence", "CC0-1.0").Succeeded();
        ModelManifest manifest = ModelManifest.Read(files["model/model.json"]);
        Assert.Equal(TinyModel.Config, manifest.Architecture);
        Assert.Equal("right", manifest.Labels[2]);
        Assert.Equal(("CC0-1.0", ElementType.BF16), (manifest.Licence, manifest.ElementType));
        Assert.Equal(["fold_0.safetensors", "fold_1.safetensors", "model.json"], files.FilesIn("model"));
        // The trainer's name says small, which the tensors are not.
        Assert.Contains("stunet: warning: ", run.Error);
        CliRun.Of("convert", "-i", files["trained"], "-o", files["one"], "-f", "1").Succeeded();
        Assert.Equal(["fold_1.safetensors", "model.json"], files.FilesIn("one"));
        CliRun.Of("convert", "-i", files["trained"], "-o", files["none"], "-f", "7").FailedWith(ExitCode.InputFile, "fold 7");
        Assert.Empty(files.FilesIn("none"));
    }

    [Fact]
    public void Convert_ToPyTorch_WritesATrainerFolderAndRefusesWhatDoesNotFit()
    {
        using CliFiles files = new();
        TinyModel.WriteFolder(files["trained"], folds: 1);
        CliRun.Of("convert", "-i", files["trained"], "-o", files["model"]).Succeeded();
        CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["v1"]).Succeeded();
        Assert.Equal(["model_final_checkpoint.model", "model_final_checkpoint.model.pkl"], files.FilesIn("v1/fold_0"));
        CliRun.Of("convert", "--to", "pytorch", "--form", "v2", "-i", files["model"], "-o", files["v2"]).Succeeded();
        Assert.Equal(["dataset.json", "fold_0/checkpoint_final.pth", "plans.json"], files.FilesIn("v2"));
        CliRun.Of("convert", "--to", "pytorch", "-i", files["trained"], "-o", files["none"]).FailedWith(ExitCode.InputFile, "model.json");
        CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["none"], "--dtype", "f16").FailedWith(ExitCode.Usage, "--dtype");
        CliRun.Of("convert", "--form", "v1", "-i", files["trained"], "-o", files["none"]).FailedWith(ExitCode.Usage, "--form");
    }

    [Fact]
    public void Convert_Postprocessing_IsCarriedBothWays()
    {
        const string Version2 = """
            {"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation", "remove_all_but_largest_component_from_segmentation"],
             "postprocessing_kwargs": [{"labels_or_regions": [1, 2]}, {"labels_or_regions": 2}]}
            """;
        using CliFiles files = new();
        TinyModel.WriteFolder(files["trained"], folds: 1);
        CliRun.Of("convert", "-i", files["trained"], "-o", files["model"]).Succeeded();
        File.WriteAllText(files["model/postprocessing.json"], Version2);
        string[] line = ["convert", "--to", "pytorch", "-i", files["model"]];
        CliRun.Of([.. line, "--form", "v2", "-o", files["v2"]]).Succeeded();
        Assert.Equal(["dataset.json", "fold_0/checkpoint_final.pth", "plans.json", "postprocessing.json", "postprocessing.pkl"], files.FilesIn("v2"));
        Assert.Contains("other voxels as neighbours", CliRun.Of([.. line, "-o", files["v1"]]).Succeeded().Error);
        Assert.False(File.Exists(files["v1/postprocessing.json"]));
        // nnU-Net itself has the pickle; the JSON beside it may be gone.
        File.Delete(files["v2/postprocessing.json"]);
        CliRun.Of("convert", "-i", files["v2"], "-o", files["again"]).Succeeded();
        Assert.Equal(Steps(files["model/postprocessing.json"]), Steps(files["again/postprocessing.json"]));
        File.WriteAllText(files["v2/postprocessing.pkl"], "cos\nsystem\n.");
        CliRun.Of("convert", "-i", files["v2"], "-o", files["hostile"]).FailedWith(ExitCode.InputFile, "postprocessing.pkl");
        Assert.Empty(files.FilesIn("hostile"));
    }

    [Fact]
    public void Convert_ModelFolder_ChangesElementTypeLabelsAndLicenceAlone()
    {
        using CliFiles files = new();
        TinyModel.WriteFolder(files["trained"], folds: 2);
        CliRun.Of("convert", "-i", files["trained"], "-o", files["model"]).Succeeded();
        CliRun.Of("convert", "-i", files["trained"], "-o", files["expected"], "--dtype", "f16").Succeeded();
        File.WriteAllText(files["labels.json"], """{"0": "background", "1": "left", "2": "right"}""");
        CliRun.Of("convert", "-i", files["model"], "-o", files["half"], "--dtype", "f16", "--labels", files["labels.json"], "--licence", "CC0-1.0").Succeeded();
        Assert.Equal(["fold_0.safetensors", "fold_1.safetensors", "model.json"], files.FilesIn("half"));
        Assert.Equal(File.ReadAllBytes(files["expected/fold_1.safetensors"]), File.ReadAllBytes(files["half/fold_1.safetensors"]));
        ModelManifest before = ModelManifest.Read(files["model/model.json"]);
        ModelManifest after = ModelManifest.Read(files["half/model.json"]);
        Assert.Equal(("CC0-1.0", ElementType.F16, "right"), (after.Licence, after.ElementType, after.Labels[2]));
        Assert.Equal(before.Sources.Select(source => source.Sha256), after.Sources.Select(source => source.Sha256));
        CliRun.Of("convert", "-i", files["model"], "-o", files["model"], "--dtype", "f16").FailedWith(ExitCode.Usage, "another folder");
        Assert.Equal(before.ElementType, ModelManifest.Read(files["model/model.json"]).ElementType);
        CliRun.Of("convert", "-i", files["model"], "-o", files["none"], "-f", "0").FailedWith(ExitCode.Usage, "--folds");
    }

    private static IEnumerable<(string, VoxelNeighbours)> Steps(string path) => PostprocessingFile.Read(path).Steps.Select(step => (step.What.Key, step.Neighbours));
}
