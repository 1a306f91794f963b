using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.Tests.WeightsConverter;

namespace STUNet.Tests.Cli;

/// <summary>What a user gets wrong: one line that names file, field and fix, a documented exit code, and nothing written.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void Predict_MissingImage_NamesIt()
    {
        using CliFiles files = new();
        Predict(files, files.Model(), files["absent.nii.gz"]).FailedWith(ExitCode.InputFile, files["absent.nii.gz"], "no such file", "-i");
        AssertNothingWritten(files);
    }

    [Fact]
    public void Predict_MissingModel_NamesIt()
    {
        using CliFiles files = new();
        Predict(files, files["absent"], files.Image("a.nii.gz")).FailedWith(ExitCode.InputFile, "absent", "model.json", "does not exist");
        AssertNothingWritten(files);
    }

    [Fact]
    public void Predict_MissingChannel_NamesTheFileThatIsMissing()
    {
        using CliFiles files = new();
        string model = files.Model(channels: 2);
        files.Image("in/case_0000.nii.gz");
        Predict(files, model, files["in/case_0000.nii.gz"]).FailedWith(ExitCode.InputFile, files["in/case_0001.nii.gz"], "2 channels");
        Predict(files, model, files["in"], "out/").FailedWith(ExitCode.InputFile, files["in/case_0001.nii.gz"], "2 channels");
        Predict(files, model, files.Image("single.nii.gz")).FailedWith(ExitCode.InputFile, "single.nii.gz", "2 channels", "single_0000.nii.gz");
        AssertNothingWritten(files);
    }

    [Fact]
    public void Predict_ChannelsOfDifferentSize_NamesBoth()
    {
        using CliFiles files = new();
        string model = files.Model(channels: 2);
        files.Image("case_0000.nii.gz");
        files.Image("case_0001.nii.gz", size: new Int3(18, 20, 29));
        Predict(files, model, files["case_0000.nii.gz"]).FailedWith(ExitCode.InputFile, files["case_0001.nii.gz"], "dim", files["case_0000.nii.gz"]);
        AssertNothingWritten(files);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Predict_NonFiniteVoxel_SaysWhere(float value)
    {
        using CliFiles files = new();
        Volume volume = new(new VolumeGeometry(new Int3(8, 9, 10), new Spacing(2, 2, 2)));
        volume.Slice(3)[(4 * 10) + 5] = value;
        VolumeFile.Write(files["bad.nii.gz"], volume);
        Predict(files, files.Model(), files["bad.nii.gz"]).FailedWith(ExitCode.InputFile, files["bad.nii.gz"], "voxel data", "(3, 4, 5)", "replace");
        AssertNothingWritten(files);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Predict_TruncatedGzip_NamesTheFile(double share)
    {
        using CliFiles files = new();
        byte[] bytes = File.ReadAllBytes(files.Image("whole.nii.gz"));
        File.WriteAllBytes(files["cut.nii.gz"], bytes[..(int)(share * bytes.Length)]);
        Predict(files, files.Model(), files["cut.nii.gz"]).FailedWith(ExitCode.InputFile, files["cut.nii.gz"]);
        AssertNothingWritten(files);
    }

    [Fact]
    public void Predict_FolderOfOneBadAndOneGoodCase_SegmentsTheGoodAndNamesTheBad()
    {
        using CliFiles files = new();
        files.Image("in/a_0000.nii.gz");
        File.WriteAllText(files["in/b_0000.nii.gz"], "no gzip");
        Predict(files, files.Model(), files["in"], "out/").FailedWith(ExitCode.Failed, "b: ", files["in/b_0000.nii.gz"]);
        Assert.Equal(["a.nii.gz"], files.FilesIn("out"));
    }

    [Fact]
    public void Predict_LessMemoryThanNeeded_SaysHowMuchIsNeeded()
    {
        using CliFiles files = new();
        Predict(files, files.Model(), files.Image("a.nii.gz"), "seg.nii.gz", "--memory-limit", "64KiB").FailedWith(ExitCode.Resources, "MiB", "limit");
        AssertNothingWritten(files);
    }

    [Fact]
    public void Predict_OutputThatIsTheInput_IsRefused()
    {
        using CliFiles files = new();
        string image = files.Image("in/a.nii.gz");
        byte[] before = File.ReadAllBytes(image);
        string model = files.Model();
        Predict(files, model, image, "in/a.nii.gz").FailedWith(ExitCode.Usage, "-o", image);
        Predict(files, model, files["in"], "in", "--overwrite_existing").FailedWith(ExitCode.Usage, "-o", image);
        Assert.Equal(before, File.ReadAllBytes(image));
    }

    [Fact]
    public void Predict_ResultsFolderWithCheckpointOfAnotherNetwork_NamesTheTensor()
    {
        using CliFiles files = new();
        string checkpoint = files["results/nnUNet/3d_fullres/Task007_Heart/T__nnUNetPlansv2.1/fold_0/model_final_checkpoint.model"];
        WriteOtherNetwork(checkpoint);
        CliRun.Of("predict", "--results-folder", files["results"], "-t", "7", "-f", "0", "-i", files.Image("a.nii.gz"), "-o", files["seg.nii.gz"])
            .FailedWith(ExitCode.InputFile, checkpoint, "conv_blocks_context.0.0.conv1.weight", "another network");
        AssertNothingWritten(files);
    }

    [Fact]
    public void Convert_CheckpointOfAnotherNetwork_NamesTheTensor()
    {
        using CliFiles files = new();
        WriteOtherNetwork(files["other.model"]);
        CliRun.Of("convert", "-i", files["other.model"], "-o", files["out"]).FailedWith(ExitCode.InputFile, files["other.model"], "conv_blocks_context.0.0.conv1.weight", "another network");
        CliRun.Of("info", files["other.model"]).FailedWith(ExitCode.InputFile, files["other.model"], "another network");
        Assert.Empty(files.FilesIn("out"));
    }

    [Fact]
    public void Predict_WeightsOfAnotherNetworkBesideTheManifest_AreRefused()
    {
        using CliFiles files = new();
        string model = files.Model();
        CliRun.Of("init", "-o", files["wider"], "--size", "custom", "--dims", "8,8,8", "--strides", "2x2x2/1x2x2", "--classes", "3", "--patch", "16x16x24").Succeeded();
        File.Copy(files["wider/fold_0.safetensors"], files["model/fold_0.safetensors"], overwrite: true);
        Predict(files, model, files.Image("a.nii.gz")).FailedWith(ExitCode.InputFile, "fold_0.safetensors", "model.json says");
        AssertNothingWritten(files);
    }

    private static void WriteOtherNetwork(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using TorchZipWriter zip = new(path);
        StuNetParameter[] parameters = [new("resnet.conv1.weight", [4, 3, 7, 7])];
        zip.Add("archive/data.pkl", PickleWriter.Write(TinyModel.CheckpointObject(parameters)));
        zip.Add("archive/data/0", new byte[4 * parameters[0].Count]);
        zip.Add("archive/version", "3\n"u8.ToArray());
        File.WriteAllBytes($"{path}.pkl", TinyModel.SideFile(TinyModel.Config, "STUNetTrainer"));
    }

    private static CliRun Predict(CliFiles files, string model, string input, string output = "seg.nii.gz", params string[] more) =>
        CliRun.Of(["predict", "--model", model, "-i", input, "-o", files[output], "--disable_tta", .. more]);

    private static void AssertNothingWritten(CliFiles files)
    {
        Assert.False(File.Exists(files["seg.nii.gz"]));
        Assert.Empty(files.FilesIn("out"));
        Assert.DoesNotContain(files.FilesIn("."), name => name.EndsWith(".partial", StringComparison.Ordinal));
    }
}
