using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class PhantomCommandTests
{
    private static readonly string[] Small = ["--size", "24x20x28", "--spacing", "12"];

    [Fact]
    public void Phantom_Dataset_CanBePlanned()
    {
        using CliFiles files = new();
        Phantom(files, "raw/Dataset900_Torso", ["--cases", "5", .. Small]).Succeeded();
        RawDataset dataset = RawDataset.Open(files["raw/Dataset900_Torso"]);
        Assert.Equal(5, dataset.Cases.Length);
        Assert.Equal(TorsoPhantom.LabelNames, dataset.Description.Labels.Names.Values);
        Volume image = VolumeFile.Read(dataset.Cases[4].Images[0]);
        Assert.Equal((new Int3(24, 20, 28), new Spacing(12, 12, 12)), (image.Size, image.Geometry.Spacing));
        Assert.Contains("no errors", CliRun.Of("plan", dataset.Folder, "--verify-only").Succeeded().Output);
    }

    [Fact]
    public void Phantom_SameSeed_GivesTheSameFilesWhateverTheWorkers()
    {
        using CliFiles files = new();
        Phantom(files, "a", "--cases", "3", "--seed", "4", "--workers", "1", "--spacing", "15").Succeeded();
        Phantom(files, "b", "--cases", "3", "--seed", "4", "--workers", "3", "--spacing", "15").Succeeded();
        Phantom(files, "c", "--cases", "3", "--seed", "5", "--spacing", "15").Succeeded();
        Assert.Equal(files.FilesIn("a"), files.FilesIn("b"));
        Assert.Equal(7, files.FilesIn("a").Length);
        Assert.All(files.FilesIn("a"), file => Assert.Equal(File.ReadAllBytes(files[$"a/{file}"]), File.ReadAllBytes(files[$"b/{file}"])));
        Assert.NotEqual(File.ReadAllBytes(files["a/labelsTr/phantom_0001.nii.gz"]), File.ReadAllBytes(files["c/labelsTr/phantom_0001.nii.gz"]));
    }

    [Fact]
    public void Phantom_WrongRequests_AreOneLine()
    {
        using CliFiles files = new();
        Phantom(files, "a", "--cases", "0").FailedWith(ExitCode.Usage, "--cases 0");
        Phantom(files, "a", "--cases", "10000").FailedWith(ExitCode.Usage, "--cases 10000");
        Phantom(files, "a", "--size", "3x4").FailedWith(ExitCode.Usage, "--size 3x4");
        CliRun.Of(new CancellationToken(canceled: true), "phantom", "-o", files["a"]).FailedWith(ExitCode.Cancelled, "cancelled");
        Assert.False(Directory.Exists(files["a"]));
        Phantom(files, "a", ["--cases", "1", .. Small]).Succeeded();
        Phantom(files, "a", ["--cases", "1", .. Small]).FailedWith(ExitCode.Usage, "holds a data set already");
    }

    private static CliRun Phantom(CliFiles files, string folder, params string[] more) => CliRun.Of(["phantom", "-o", files[folder], .. more]);
}
