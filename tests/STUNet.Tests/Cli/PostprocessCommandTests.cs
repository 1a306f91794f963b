using System.Text.Json;
using STUNet.Cli;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Tests.Inference.Evaluation;
using STUNet.Tests.WeightsConverter;

namespace STUNet.Tests.Cli;

public sealed class PostprocessCommandTests
{
    private const string KeepFirstTwo = """{"for_which_classes": [1, 2], "min_valid_object_sizes": "None"}""";

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public void Postprocess_DecideAndApply_RemovesTheStrayVoxels(string format)
    {
        using CliFiles files = new();
        // Label 2 is the larger: the largest component of the whole foreground would lose label 1.
        files.Labels("ref/a.nii.gz", [0, 1], [16, 17, 18]);
        files.Labels("fold_0/a.nii.gz", [0, 1, 6], [16, 17, 18]);
        files.Labels("ref/b.nii.gz", [0, 1], [16, 17, 18]);
        files.Labels("fold_1/b.nii.gz", [0, 1, 5], [16, 17, 18]);
        files.Labels("ref/of_no_fold.nii.gz", [0, 1]);
        CliRun.Of("postprocess", "-i", files["fold_0"], files["fold_1"], "--ref", files["ref"], "--labels", "1,2", "--format", format, "-o", files["new/pp.json"]).Succeeded();
        JsonElement written = JsonCompare.Parse(File.ReadAllText(files["new/pp.json"]));
        if (format == "v1")
        {
            Assert.Equal("[1]", written.GetProperty("for_which_classes").GetRawText().Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
            Assert.Equal("fold_0_postprocessed", written.GetProperty("validation_final").GetString());
        }

        JsonElement json = CliRun.Of("postprocess", "-i", files["fold_0"], files["fold_1"], "-pp", files["new/pp.json"], "-o", files["clean"], "--json").Succeeded().Json;
        Assert.Equal(["1"], json.GetProperty("kept").EnumerateArray().Select(key => key.GetString()));
        Assert.Equal(["a.nii.gz", "b.nii.gz"], files.FilesIn("clean"));
        foreach (string name in files.FilesIn("clean"))
            Assert.Equal(VolumeFile.ReadLabels(files[$"ref/{name}"]).As<byte>().ToArray(), VolumeFile.ReadLabels(files[$"clean/{name}"]).As<byte>().ToArray());
    }

    [Fact]
    public void Postprocess_WrongCalls_NameTheOption()
    {
        using CliFiles files = new();
        files.Labels("in/a.nii.gz", [0]);
        File.WriteAllText(files["pp.json"], KeepFirstTwo);
        Run("-o", files["out"]).FailedWith(ExitCode.Usage, "--ref", "--using");
        Run("--using", files["pp.json"], "-o", files["in"]).FailedWith(ExitCode.Usage, "-o");
        Run("--using", files["pp.json"], "-o", files["out.nii.gz"]).FailedWith(ExitCode.Usage, "-o", "folder");
        Run("--using", files["absent.json"], "-o", files["out"]).FailedWith(ExitCode.InputFile, files["absent.json"]);
        Run("--ref", files["in"], "--labels", "1", "-o", files["out"]).FailedWith(ExitCode.Usage, ".json");
        Run("--ref", files["in"], "--labels", "0", "-o", files["o.json"]).FailedWith(ExitCode.Usage, "background");
        Run("--ref", files["in"], "-o", files["o.json"]).FailedWith(ExitCode.Usage, "--labels");
        CliRun.Of("postprocess", "-i", files["in"], files["in"], "--ref", files["in"], "--labels", "1", "-o", files["o.json"]).FailedWith(ExitCode.InputFile, "twice");
        File.WriteAllText(files["pp.json"], """{"for_which_classes": [0]}""");
        Run("--using", files["pp.json"], "-o", files["out"]).FailedWith(ExitCode.InputFile, files["pp.json"], "for_which_classes[0]");
        Assert.Empty(files.FilesIn("out"));
        Assert.False(File.Exists(files["o.json"]));

        CliRun Run(params string[] more) => CliRun.Of(["postprocess", "-i", files["in"], .. more]);
    }

    [Fact]
    public void Convert_TrainedFolderWithPostprocessing_TakesItAlong()
    {
        using CliFiles files = new();
        string trained = files["T__nnUNetPlansv2.1"];
        TinyModel.WriteFolder(trained, folds: 1);
        File.WriteAllText(Path.Combine(trained, PostprocessingFile.FileName), KeepFirstTwo);
        CliRun.Of("convert", "-i", trained, "-o", files["model"]).Succeeded();
        using (SegmentationModel direct = SegmentationModel.OpenNnunetV1(trained))
            Assert.Equal(["1", "2"], direct.Postprocessing!.Steps.Select(step => step.What.Key));
        using (SegmentationModel converted = SegmentationModel.Open(files["model"]))
            Assert.Equal(["1", "2"], converted.Postprocessing!.Steps.Select(step => step.What.Key));
        File.WriteAllText(Path.Combine(trained, PostprocessingFile.FileName), "[]");
        CliRun.Of("convert", "-i", trained, "-o", files["other"]).FailedWith(ExitCode.InputFile, PostprocessingFile.FileName);
        Assert.Empty(files.FilesIn("other"));
    }

    [Fact]
    public void Predict_ModelWithPostprocessing_AppliesItUnlessSwitchedOff()
    {
        using CliFiles files = new();
        string model = files.Model();
        string image = files.Image("a.nii.gz");
        LabelVolume raw = Predict("raw.nii.gz");
        File.WriteAllText(files["model/postprocessing.json"], KeepFirstTwo);
        LabelVolume expected = raw.Copy();
        PostprocessingFile.Read(files["model/postprocessing.json"]).Apply(expected);
        Assert.NotEqual(raw.As<byte>().ToArray(), expected.As<byte>().ToArray());
        Assert.Equal(expected.As<byte>().ToArray(), Predict("processed.nii.gz").As<byte>().ToArray());
        Assert.Equal(raw.As<byte>().ToArray(), Predict("off.nii.gz", "--disable_postprocessing").As<byte>().ToArray());
        File.WriteAllText(files["model/postprocessing.json"], "{}");
        CliRun.Of("predict", "--model", model, "-i", image, "-o", files["bad.nii.gz"]).FailedWith(ExitCode.InputFile, files["model/postprocessing.json"]);

        LabelVolume Predict(string name, params string[] more)
        {
            CliRun.Of(["predict", "--model", model, "-i", image, "-o", files[name], "--disable_tta", .. more]).Succeeded();
            return VolumeFile.ReadLabels(files[name]);
        }
    }
}
