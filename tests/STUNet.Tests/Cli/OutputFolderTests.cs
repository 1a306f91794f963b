using STUNet.Cli;

namespace STUNet.Tests.Cli;

/// <summary>A file where a command needs a folder: one sentence before any work, and the file stays as it is.</summary>
public sealed class OutputFolderTests
{
    [Theory]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_small -o {0}")]
    [InlineData("finetune d 3d_fullres 0 -tr STUNetTrainer_small_ft -pretrained_weights m -o {0}")]
    [InlineData("plan d -o {0}")]
    [InlineData("preprocess d -o {0}")]
    [InlineData("convert -i m -o {0}")]
    [InlineData("convert --to pytorch -i m -o {0}")]
    [InlineData("phantom -o {0}")]
    [InlineData("init --size S -o {0}")]
    public void Run_FileWhereAFolderIsNeeded_SaysSo(string line)
    {
        using CliFiles files = new();
        File.WriteAllText(files["file"], "content");
        foreach (string output in (string[])["file", "file/", "file/below/it"])
            CliRun.Of([.. line.Split(' ').Select(word => word == "{0}" ? files[output] : word)]).FailedWith(ExitCode.Usage, $"-o {files[output]}", $"{files["file"]} is a file", "folder is needed");
        Assert.Equal("content", File.ReadAllText(files["file"]));
    }

    [Fact]
    public void Predict_FileWhereAFolderIsNeeded_SaysSo()
    {
        using CliFiles files = new();
        File.WriteAllText(files["file"], "content");
        string image = files.Image("images/a.nii.gz");
        foreach ((string input, string output) in (ReadOnlySpan<(string, string)>)[(files["images"], "file/below"), (image, "file/"), (image, "file/a.nii.gz")])
        {
            string[] line = ["predict", "--model", "m", "-i", input, "-o", files[output]];
            CliRun.Of(line).FailedWith(ExitCode.Usage, "-o ", $"{files["file"]} is a file", "folder is needed");
        }

        CliRun.Of("predict", "--model", "m", "-i", files["images"], "-o", files["file"]).FailedWith(ExitCode.Usage, $"-o {files["file"]}", "must be a folder");
        CliRun.Of("predict", "--model", "m", "-i", image, "-o", files["labels.nii.gz"], "--preview", files["file/a.png"]).FailedWith(ExitCode.Usage, "--preview", "is a file");
        Assert.Equal("content", File.ReadAllText(files["file"]));
    }
}
