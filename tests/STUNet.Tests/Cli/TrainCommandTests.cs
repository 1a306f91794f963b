using System.Security.Cryptography;
using System.Text.Json;
using SkiaSharp;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.Tests.Training.Trainers;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class TrainCommandTests
{
    private static readonly Int3 CaseSize = new(20, 22, 24);

    [Fact]
    public void Train_StoppedAndContinued_GivesAModelThatPredictReads()
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        string[] line = ["train", data, "3d_fullres", "0", "-tr", "STUNetTrainer_small", "-o", files["model"], "--epochs", "2", "--iterations", "2", "--validation-iterations", "1"];
        using CancellationTokenSource cancellation = new();
        Run(cancellation.Token, line, new CancelAt(cancellation, "epoch 0")).FailedWith(ExitCode.Cancelled, "cancelled");
        // The checkpoints of the epoch are the state of the moment.
        Assert.Equal([TrainingFolder.BestFile, TrainingFolder.LatestFile, TrainingFolder.PlannedFile, "progress.png", TrainingReport.FileName, EpochLog.FileName], Fold(files));
        CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["unfinished"]).Succeeded();
        Assert.Equal(
            ["fold_0/model_best.model", "fold_0/model_best.model.pkl", "fold_0/model_latest.model", "fold_0/model_latest.model.pkl", "plans.pkl"], files.FilesIn("unfinished"));
        Run(default, line).FailedWith(ExitCode.Usage, "--c");
        Run(default, [.. line[..^6], "--epochs", "3", "--c"]).FailedWith(ExitCode.InputFile, "settings.epochs");

        CliRun done = Run(default, [.. line, "--c", "--json"]).Succeeded();
        Assert.Equal((2, "0"), (done.Json.GetProperty("epochs").GetInt32(), done.Json.GetProperty("fold").GetString()));
        Assert.Equal([TrainingFolder.BestFile, TrainingFolder.FinalFile, TrainingFolder.PlannedFile, "progress.png", TrainingReport.FileName, EpochLog.FileName], Fold(files));
        Assert.Equal(["dataset.json", "fold_0.safetensors", "model.json", "plans.json"], files.FilesIn("model").Where(file => !file.Contains('/')));
        using (SKBitmap picture = SKBitmap.Decode(Path.Combine(files["model"], "fold_0", "progress.png")))
            Assert.Equal((1200, 840), (picture.Width, picture.Height));
        byte[] weights = File.ReadAllBytes(Path.Combine(files["model"], "fold_0.safetensors"));
        Run(default, [.. line, "--c"]).Succeeded();
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(files["model"], "fold_0.safetensors")));

        CliRun.Of("predict", "--model", files["model"], "-i", files.Image("image.nii.gz"), "-o", files["labels.nii.gz"]).Succeeded();
        string[] finetune = ["finetune", data, "3d_fullres", "1", "-tr", "STUNetTrainer_small_ft", "-pretrained_weights", files["model"], "-o", files["tuned"], "--epochs", "1", "--iterations", "1", "--validation-iterations", "1"];
        CliRun tuned = Run(default, finetune).Succeeded();
        Assert.Contains("10 of the heads new, 0 do not fit, 0 tensors", tuned.Output);
        finetune[Array.IndexOf(finetune, files["model"])] = Path.Combine(files["model"], "fold_0", TrainingFolder.BestFile);
        finetune[Array.IndexOf(finetune, files["tuned"])] = files["tuned from the best"];
        JsonElement pretrained = Run(default, [.. finetune, "--json"]).Succeeded().Json.GetProperty("pretrained");
        Assert.True(pretrained.GetProperty("loaded").GetInt32() > 0);
        Assert.Equal((10, 0, 0), (pretrained.GetProperty("new_heads").GetArrayLength(), pretrained.GetProperty("mismatched").GetArrayLength(), pretrained.GetProperty("skipped").GetArrayLength()));
        Assert.Equal("1", ModelManifest.Read(Path.Combine(files["tuned"], ModelManifest.FileName)).Folds.Single().Name);
    }

    [Fact]
    public void Train_SecondFold_JoinsTheModelOfTheFirst()
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        foreach (string fold in (string[])["1", "0"])
            Run(default, "train", data, "3d_fullres", fold, "-tr", "STUNetTrainer_small", "-o", files["model"], "--epochs", "1", "--iterations", "1", "--validation-iterations", "1", "--rules", "v1").Succeeded();
        Assert.Equal(["0", "1"], ModelManifest.Read(Path.Combine(files["model"], ModelManifest.FileName)).Folds.Select(fold => fold.Name));
        Run(default, "train", data, "3d_fullres", "all", "-tr", "STUNetTrainer_base", "-o", files["model"], "--rules", "v1").FailedWith(ExitCode.InputFile, "another model");
        Run(default, "train", data, "3d_fullres", "all", "-tr", "STUNetTrainer_small", "-o", files["model"]).FailedWith(ExitCode.InputFile, "model.json: trainingRules", "--rules v1");
        CliRun tuned = Run(
            default, "finetune", data, "3d_fullres", "0", "-tr", "STUNetTrainer_small_ft", "-pretrained_weights", files["model"], "-o", files["tuned"], "--epochs", "1", "--iterations", "1", "--validation-iterations", "1").Succeeded();
        Assert.Contains($"{files["model"]}, fold 0 of 0, 1: ", tuned.Output);
    }

    [Theory]
    [InlineData("3d_lowres 0 -tr STUNetTrainer_small", "3d_lowres")]
    [InlineData("3d_fullres x -tr STUNetTrainer_small", "no fold x")]
    [InlineData("3d_fullres 00 -tr STUNetTrainer_small", "no fold 00")]
    [InlineData("3d_fullres ../0 -tr STUNetTrainer_small", "no fold ../0")]
    [InlineData("3d_fullres 0 -tr nnUNetTrainer", "no trainer nnUNetTrainer")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --epochs 0", "--epochs 0")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --rules v3", "--rules v3")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --learning-rate 0", "--learning-rate 0")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --mirror xx", "--mirror xx")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --optimizer adam", "--optimizer adam")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --recompute all", "--recompute all")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --dims 8,0", "--dims 8,0")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --dtype f64", "--dtype f64")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --dtype f16", "--dtype f16 needs a GPU")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --dtype bf16 --device cpu", "--dtype bf16 needs a GPU")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --divide-repeated", "--divide-repeated")]
    [InlineData("3d_fullres 0 -tr STUNetTrainer_small --dims 8,16,32 --depth 1,1", "depth")]
    public void Train_WrongRequest_IsOneLineAndLeavesNothing(string rest, string named)
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        Run(default, ["train", data, .. rest.Split(' '), "-o", files["model"]]).FailedWith(ExitCode.Usage, named);
        Assert.False(Directory.Exists(files["model"]));
    }

    [Fact]
    public void Train_PlansThatCannotBeKept_IsOneLineAndLeavesNoFold()
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        // A folder in the place of the last file that is copied, as a full disk would stop it.
        string obstacle = files[$"model/{DatasetDescription.FileName}/in the way"];
        Directory.CreateDirectory(obstacle);
        Run(default, "train", data, "3d_fullres", "0", "-tr", "STUNetTrainer_small", "-o", files["model"]).FailedWith(ExitCode.Failed, "could not begin", DatasetDescription.FileName, "make room");
        Assert.Equal([Path.GetDirectoryName(obstacle)], Directory.GetFileSystemEntries(files["model"]));
    }

    [Fact]
    public void Train_FoldBeyondTheSplits_IsSaid()
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        CliRun run = Run(default, "train", data, "3d_fullres", "9", "-tr", "STUNetTrainer_small", "-o", files["model"], "--val");
        run.FailedWith(ExitCode.InputFile, "not finished");
        Assert.Contains("fold 9 is a random split", run.Error);
    }

    [Fact]
    public void Finetune_ThatGoesOn_KeepsWhereItsWeightsCameFrom()
    {
        using CliFiles files = new();
        string data = PlannedFiles.Write(files["data"]);
        string weights = Pretrained(files, "m0");
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights)));
        string[] options = ["-tr", "STUNetTrainer_small_ft", "-o", files["model"], "--epochs", "2", "--iterations", "1", "--validation-iterations", "1"];
        string[] train = ["train", data, "3d_fullres", "0", .. options];
        string[] finetune = ["finetune", data, "3d_fullres", "0", "-pretrained_weights", files["m0"], .. options];
        using CancellationTokenSource cancellation = new();
        Run(cancellation.Token, finetune, new CancelAt(cancellation, "epoch 0")).FailedWith(ExitCode.Cancelled, "cancelled");
        AssertReport();

        // Nothing is read of them any more, so they may be gone.
        Directory.Delete(files["m0"], recursive: true);
        CliRun done = Run(default, [.. finetune, "--c"]).Succeeded();
        Assert.Contains($"{files["m0"]} is not read; initial weights of this training: {weights}", done.Output);
        AssertReport();
        Pretrained(files, "other");
        finetune[Array.IndexOf(finetune, files["m0"])] = files["other"];
        foreach (string[] line in (string[][])[[.. train, "--c"], [.. finetune, "--c"]])
        {
            JsonElement result = Run(default, [.. line, "--json"]).Succeeded().Json;
            Assert.Equal((weights, sha256), (result.GetProperty("initial_weights").GetProperty("file").GetString(), result.GetProperty("initial_weights").GetProperty("sha256").GetString()));
            AssertReport();
        }

        using TrainingCheckpoint final = TrainingCheckpoint.Open(Path.Combine(files["model"], "fold_0", TrainingFolder.FinalFile));
        Assert.Equal(new SourceFile(weights, final.InitialWeights!.File!.Bytes, sha256), final.InitialWeights.File);
        Assert.Equal([final.InitialWeights.File], ModelManifest.Read(Path.Combine(files["model"], ModelManifest.FileName)).Sources);

        void AssertReport() => Assert.Contains($"{weights}, SHA-256 {sha256}", File.ReadAllText(Path.Combine(files["model"], "fold_0", TrainingReport.FileName)));
    }

    [Fact]
    public void Train_NoPlans_NamesTheFile()
    {
        using CliFiles files = new();
        Run(default, "train", files["nowhere"], "3d_fullres", "0", "-tr", "STUNetTrainer_small", "-o", files["model"]).FailedWith(ExitCode.InputFile, ExperimentPlan.FileName);
    }

    /// <summary>Random weights of the network that the plan trains; gives their file.</summary>
    private static string Pretrained(CliFiles files, string name)
    {
        CliRun.Of("init", "-o", files[name], "--size", "S", "--classes", "3", "--patch", "32").Succeeded();
        return Path.Combine(files[name], "fold_0.safetensors");
    }

    private static string[] Fold(CliFiles files) => [.. TrainingRun.FilesIn(Path.Combine(files["model"], "fold_0"))];

    private static CliRun Run(CancellationToken cancellation, params string[] args) => Run(cancellation, args, new StringWriter());

    private static CliRun Run(CancellationToken cancellation, string[] args, StringWriter output)
    {
        using StringWriter error = new();
        int code = Program.Run(args, output, error, cancellation, openCases: (_, _) => new TinyCases(CaseSize));
        return new CliRun(code, output.ToString(), string.Join(Environment.NewLine, error.ToString().Split(Environment.NewLine).Where(text => !text.StartsWith("training fold", StringComparison.Ordinal))));
    }

    /// <summary>Cancels when a line begins with a text, as Ctrl+C at that moment would.</summary>
    private sealed class CancelAt(CancellationTokenSource cancellation, string text) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(text, StringComparison.Ordinal) == true)
                cancellation.Cancel();
        }
    }
}
