using STUNet.Cli;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Cli;

/// <summary>Checkpoints that are damaged, and trainings that are not finished, given to the commands that read them.</summary>
public sealed class CheckpointInputTests(PhantomTraining phantoms) : IClassFixture<PhantomTraining>
{
    private const string Best = $"fold_0/{TrainingFolder.BestFile}";

    /// <summary>Ways in which bytes get lost or wrong.</summary>
    public static TheoryData<string> Damages => ["empty", "half", "last byte missing", "one byte more", "bit in the length", "bit in the header", "bit in the data"];

    /// <summary>The same but for what weights cannot show: model.json holds no sum over them, so any value may be theirs.</summary>
    public static TheoryData<string> DamagesOfWeights => ["empty", "half", "last byte missing", "one byte more", "bit in the length", "bit in the header"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Run_DamagedCheckpointOfATraining_NamesItAndTheRemedy(string damage)
    {
        using CliFiles files = new();
        string data = Trained(files, "model");
        Unfinish(files, "model");
        Damage(files[$"model/{Best}"], damage);
        string[] named = [files[$"model/{Best}"], "restore it from a copy, or delete it: train --c then goes on from another checkpoint"];
        CliRun.Of([.. Line("train", data, files["model"]), "--c"]).FailedWith(ExitCode.InputFile, named);
        CliRun.Of([.. Line("finetune", data, files["new"]), "-pretrained_weights", files[$"model/{Best}"]]).FailedWith(ExitCode.InputFile, named);
        CliRun.Of("predict", "--model", files[$"model/{Best}"], "-i", PhantomTraining.FirstImage(files), "-o", files["out.nii.gz"]).FailedWith(ExitCode.InputFile, named);
        CliRun.Of("convert", "-i", files[$"model/{Best}"], "-o", files["new"]).FailedWith(ExitCode.InputFile, named);
        CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["new"]).FailedWith(ExitCode.InputFile, named);
        Assert.Empty(files.FilesIn("new"));
        Assert.False(File.Exists(files["out.nii.gz"]));
    }

    [Theory]
    [MemberData(nameof(DamagesOfWeights))]
    public void Run_DamagedWeights_NamesThemAndTheRemedy(string damage)
    {
        using CliFiles files = new();
        string model = files.Model();
        Damage(files["model/fold_0.safetensors"], damage);
        CliRun.Of("predict", "--model", model, "-i", files.Image("a.nii.gz"), "-o", files["out.nii.gz"]).FailedWith(ExitCode.InputFile, files["model/fold_0.safetensors"], "copy it again");
        CliRun.Of("convert", "-i", model, "-o", files["new"]).FailedWith(ExitCode.InputFile, files["model/fold_0.safetensors"], "copy it again");
        Assert.Empty(files.FilesIn("new"));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("last byte missing")]
    [InlineData("bit in the data")]
    public void Run_DamagedCheckpointOfNnunet_NamesItAndTheRemedy(string damage)
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of("convert", "--to", "pytorch", "--form", "v2", "-i", files.Model(), "-o", files["torch"]).Succeeded();
        string checkpoint = files["torch/fold_0/checkpoint_final.pth"];
        Damage(checkpoint, damage);
        CliRun.Of("convert", "-i", files["torch"], "-o", files["new"]).FailedWith(ExitCode.InputFile, checkpoint, "copy it again");
        CliRun.Of([.. Line("finetune", data, files["new"]), "-pretrained_weights", files["torch"]]).FailedWith(ExitCode.InputFile, checkpoint, "copy it again");
        Assert.Empty(files.FilesIn("new"));
    }

    [Fact]
    public void Run_TrainingThatIsNotFinished_TakesItsBestCheckpointAndSaysSo()
    {
        using CliFiles files = new();
        string data = Trained(files, "model");
        CliRun.Of("predict", "--model", files[$"model/{Best}"], "-i", PhantomTraining.FirstImage(files), "-o", files["best.nii.gz"]).Succeeded();
        Unfinish(files, "model");
        string[] noted = ["warning: fold 0 is not finished", TrainingFolder.BestFile, "epoch 1 of 1", "name a checkpoint"];
        foreach (string path in (string[])["model", "model/fold_0"])
        {
            CliRun run = CliRun.Of("predict", "--model", files[path], "-i", PhantomTraining.FirstImage(files), "-o", files["labels.nii.gz"]).Succeeded();
            Assert.All(noted, text => Assert.Contains(text, run.Error));
            Assert.Equal(File.ReadAllBytes(files["best.nii.gz"]), File.ReadAllBytes(files["labels.nii.gz"]));
        }

        CliRun tuned = CliRun.Of([.. Line("finetune", data, files["tuned"]), "-pretrained_weights", files["model"]]).Succeeded();
        Assert.All(noted, text => Assert.Contains(text, tuned.Error));
        CliRun converted = CliRun.Of("convert", "-i", files["model"], "-o", files["converted"]).Succeeded();
        Assert.All(noted, text => Assert.Contains(text, converted.Error));
        Assert.Equal(["fold_0.safetensors", "model.json"], files.FilesIn("converted"));
        // A checkpoint that is named is what was wanted: no note.
        Assert.DoesNotContain("warning", CliRun.Of("convert", "-i", files[$"model/{Best}"], "-o", files["named"]).Succeeded().Error);
        Assert.Equal(File.ReadAllBytes(files["converted/fold_0.safetensors"]), File.ReadAllBytes(files["named/fold_0.safetensors"]));
        Assert.Equal(ModelManifest.Read(files["converted/model.json"]).Trainer, ModelManifest.Read(files["named/model.json"]).Trainer);
    }

    [Fact]
    public void Run_NoModel_IsOneSentenceWithTheFix()
    {
        using CliFiles files = new();
        string data = Trained(files, "model");
        string image = PhantomTraining.FirstImage(files);
        CliRun.Of("predict", "--model", data, "-i", image, "-o", files["out.nii.gz"]).FailedWith(ExitCode.InputFile, data, "no model.json", "stunet convert");
        CliRun.Of("predict", "--model", image, "-i", image, "-o", files["out.nii.gz"]).FailedWith(ExitCode.InputFile, image, "no model.json", "stunet convert");
        Directory.CreateDirectory(files["empty/fold_0"]);
        CliRun.Of([.. Line("finetune", data, files["new"]), "-pretrained_weights", files["empty"]])
            .FailedWith(ExitCode.InputFile, $"{files["empty/fold_0"]}: there is no checkpoint model_final_checkpoint.model or checkpoint_final.pth, nor any other; choose another folder.");
        Assert.Empty(files.FilesIn("new"));
    }

    private string Trained(CliFiles files, string model)
    {
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. Line("train", data, files[model])]).Succeeded();
        return data;
    }

    private static string[] Line(string command, string data, string model) =>
        [command, .. PhantomTraining.Line(data, model, epochs: 1, dims: "4,8,8").Skip(1), "--depth", "1", "--no-validation"];

    /// <summary>Leaves what there is of a training before its end.</summary>
    private static void Unfinish(CliFiles files, string model)
    {
        foreach (string file in (string[])[$"fold_0/{TrainingFolder.FinalFile}", "model.json", "fold_0.safetensors"])
            File.Delete(files[$"{model}/{file}"]);
    }

    private static void Damage(string path, string damage)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int flipped = damage switch { "bit in the length" => 2, "bit in the header" => 60, "bit in the data" => bytes.Length - bytes.Length / 4, _ => -1 };
        if (flipped >= 0)
            bytes[flipped] ^= 0x80;
        File.WriteAllBytes(path, damage switch
        {
            "empty" => [],
            "half" => bytes[..(bytes.Length / 2)],
            "last byte missing" => bytes[..^1],
            "one byte more" => [.. bytes, 0],
            _ => bytes,
        });
    }
}
