using System.Diagnostics;
using System.Text.Json.Nodes;
using STUNet.Cli;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Cli;

/// <summary>From no data to a segmentation: phantom, plan, preprocess, train, predict.</summary>
public sealed class TrainingPathTests(PhantomTraining phantoms) : IClassFixture<PhantomTraining>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("INT", 2)]
    [InlineData("TERM", 15)]
    public void Train_InterruptedProcessGoesOn_GivesTheSameModelAndItPredicts(string signal, int number)
    {
        ProcessSignal sent = new(signal, number);
        sent.SkipUnlessItArrives();
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of(PhantomTraining.Line(data, files["whole"])).Succeeded();
        Interrupt(PhantomTraining.Line(data, files["model"]), sent);
        string[] left = [.. files.FilesIn("model").Where(file => file.StartsWith("fold_0", StringComparison.Ordinal))];
        Assert.Contains(Path.Combine("fold_0", TrainingFolder.BestFile), left);
        Assert.DoesNotContain(left, file => file.EndsWith(".partial", StringComparison.Ordinal) || file.EndsWith(".lock", StringComparison.Ordinal));
        Assert.False(File.Exists(files["model/model.json"]));

        CliRun.Of([.. PhantomTraining.Line(data, files["model"]), "--c"]).Succeeded();
        Assert.Equal(File.ReadAllBytes(files["whole/fold_0.safetensors"]), File.ReadAllBytes(files["model/fold_0.safetensors"]));
        Assert.Equal(NnunetVersion.V2, ModelManifest.Read(files["model/model.json"]).Nnunet);
        string image = PhantomTraining.FirstImage(files);
        CliRun.Of("predict", "--model", files["model"], "-i", image, "-o", files["labels.nii.gz"]).Succeeded();
        Assert.Equal(VolumeFile.Read(image).Geometry.Size, VolumeFile.ReadLabels(files["labels.nii.gz"]).Geometry.Size);
    }

    [Fact]
    public void Train_GoesOnOverOtherImagesOfTheSameNames_IsRefused()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] line = [.. PhantomTraining.Line(data, files["model"], epochs: 1), "--no-validation"];
        CliRun.Of(line).Succeeded();
        string path = PhantomTraining.FirstImage(files);
        byte[] before = File.ReadAllBytes(path);
        Volume image = VolumeFile.Read(path);
        image.Voxels[0] += 1;
        VolumeFile.Write(path, image);
        string[] preprocess = ["preprocess", files["raw/Dataset900_Torso"], "-o", data];
        Assert.Contains("1 preprocessed, 4 up to date", CliRun.Of(preprocess).Succeeded().Output);
        CliRun.Of([.. line, "--c"]).FailedWith(ExitCode.InputFile, TrainingFolder.FinalFile, "sources", "the same names but other content", "preprocess again");
        File.WriteAllBytes(path, before);
        CliRun.Of(preprocess).Succeeded();
        CliRun.Of([.. line, "--c"]).Succeeded();
    }

    [Fact]
    public void Train_DamagedVoxels_AreRefusedAndPreprocessedAgain()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] cases = Directory.GetFiles(Path.Combine(data, "3d_fullres"));
        foreach (string path in cases)
        {
            byte[] bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        CliRun.Of([.. PhantomTraining.Line(data, files["damaged"], epochs: 1), "--no-validation"]).FailedWith(ExitCode.InputFile, ".safetensors", "SHA-256", "damaged", "preprocess");
        Assert.False(File.Exists(files["damaged/model.json"]));
        Assert.Contains($"{cases.Length} preprocessed, 0 up to date", CliRun.Of("preprocess", files["raw/Dataset900_Torso"], "-o", data).Succeeded().Output);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1), "--no-validation"]).Succeeded();

        // The weights of a finished model are verified likewise.
        string weights = files["model/fold_0.safetensors"];
        byte[] sound = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, [.. sound[..^5], (byte)(sound[^5] ^ 4), .. sound[^4..]]);
        string[] predict = ["predict", "--model", files["model"], "-i", PhantomTraining.FirstImage(files), "-o", files["labels.nii.gz"]];
        CliRun.Of(predict).FailedWith(ExitCode.InputFile, weights, "SHA-256", "damaged");
        CliRun.Of("convert", "-i", files["model"], "-o", files["half"], "--dtype", "f16").FailedWith(ExitCode.InputFile, weights, "SHA-256");
        File.WriteAllBytes(weights, sound);
        CliRun.Of(predict).Succeeded();
    }

    [Fact]
    public void Train_CasesOfEitherVersion_GiveAModelOfThatVersion()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"], epochs: 1)]).Succeeded();
        ModelManifest manifest = ModelManifest.Read(files["model/model.json"]);
        Assert.Equal((NnunetVersion.V2, "CTNormalization"), (manifest.Nnunet, manifest.Channels[0].Scheme));
        string raw = files["raw/Dataset900_Torso"];
        Assert.Contains("0 up to date", CliRun.Of("preprocess", raw, "-o", data, "--rules", "v1").Succeeded().Output);
        CliRun.Of([.. PhantomTraining.Line(data, files["model"]), "--c"]).FailedWith(ExitCode.InputFile, "model.json", "another model");
        CliRun.Of([.. PhantomTraining.Line(data, files["first"], epochs: 1)]).Succeeded();
        manifest = ModelManifest.Read(files["first/model.json"]);
        Assert.Equal((NnunetVersion.V1, "CT"), (manifest.Nnunet, manifest.Channels[0].Scheme));
        CliRun.Of("predict", "--model", files["first"], "-i", PhantomTraining.FirstImage(files), "-o", files["labels.nii.gz"], "--mode", "fast").Succeeded();
    }

    [Fact]
    public void Train_Regions_GiveAModelThatPredictsTheirLabels()
    {
        using CliFiles files = new();
        int last = TorsoPhantom.LabelNames.Count - 1;
        int[] all = [.. Enumerable.Range(1, last)];
        string data = phantoms.PreprocessedWith(files, dataset =>
        {
            dataset["labels"] = new JsonObject { ["background"] = 0, ["whole"] = new JsonArray([.. all.Select(label => (JsonNode)label)]), ["rest"] = new JsonArray([.. all.Skip(1).Select(label => (JsonNode)label)]) };
            dataset["regions_class_order"] = new JsonArray(1, last);
        });
        CliRun.Of(PhantomTraining.Line(data, files["model"], epochs: 1)).Succeeded();
        ModelManifest manifest = ModelManifest.Read(files["model/model.json"]);
        Assert.Equal([("whole", 1), ("rest", last)], manifest.Regions.Select(region => (region.Name, region.Label)));
        Assert.Equal((2, last), (manifest.Architecture.Classes, manifest.LargestLabel));
        CliRun.Of("predict", "--model", files["model"], "-i", PhantomTraining.FirstImage(files), "-o", files["labels.nii.gz"]).Succeeded();
        LabelVolume labels = VolumeFile.ReadLabels(files["labels.nii.gz"]);
        long[] counts = labels.Counts();
        Assert.Equal(labels.Size.Product, counts[0] + counts.ElementAtOrDefault(1) + counts.ElementAtOrDefault(last));

        CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["trained"]).Succeeded();
        CliRun.Of("convert", "-i", files["trained"], "-o", files["back"]).Succeeded();
        CliRun.Of("predict", "--model", files["back"], "-i", PhantomTraining.FirstImage(files), "-o", files["again.nii.gz"]).Succeeded();
        Assert.Equal(labels.As<byte>().ToArray(), VolumeFile.ReadLabels(files["again.nii.gz"]).As<byte>().ToArray());

        CliRun.Of("preprocess", files["raw/Dataset900_Torso"], "-o", data, "--rules", "v1").Succeeded();
        CliRun.Of(PhantomTraining.Line(data, files["first"], epochs: 1)).FailedWith(ExitCode.Usage, "regions", "--rules v2");
    }

    [Fact]
    public void Train_CasesThatDoNotFit_NamesTheFileAndTheRemedy()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        string[] cases = [.. Directory.GetFiles(Path.Combine(data, "3d_fullres")).Order(StringComparer.Ordinal)];
        byte[] last = File.ReadAllBytes(cases[^1]);
        CliRun.Of("preprocess", files["raw/Dataset900_Torso"], "-o", data, "--rules", "v1").Succeeded();
        byte[] other = File.ReadAllBytes(cases[^1]);
        File.WriteAllBytes(cases[^1], last);
        CliRun.Of(PhantomTraining.Line(data, files["mixed"])).FailedWith(ExitCode.InputFile, Path.GetFileName(cases[^1]), "rules", "v1", "v2", "preprocess");
        File.WriteAllBytes(cases[^1], other);
        string spacing = "";
        PhantomTraining.Edit(data, configuration =>
        {
            spacing = configuration["spacing"]!.ToJsonString();
            configuration["spacing"] = new JsonArray(11.0, 12.0, 12.0);
        });
        CliRun.Of(PhantomTraining.Line(data, files["other"])).FailedWith(ExitCode.InputFile, "11 x 12 x 12", "preprocess");
        byte[] first = File.ReadAllBytes(cases[0]);
        File.WriteAllBytes(cases[0], other[..^1]);
        CliRun.Of(PhantomTraining.Line(data, files["cut"])).FailedWith(ExitCode.InputFile, Path.GetFileName(cases[0]), "truncated");
        File.WriteAllBytes(cases[0], first);
        // A training case that is opened later, when the fold's folder is taken already.
        PhantomTraining.Edit(data, configuration => configuration["spacing"] = JsonNode.Parse(spacing));
        Directory.CreateDirectory(files["there"]);
        foreach (string one in cases[1..])
            File.WriteAllBytes(one, File.ReadAllBytes(one)[..^1]);
        CliRun.Of(PhantomTraining.Line(data, files["there"])).FailedWith(ExitCode.InputFile, "truncated");
        foreach (string failed in (string[])["mixed", "other", "cut"])
            Assert.False(Directory.Exists(files[failed]), failed);
        Assert.Empty(Directory.GetFileSystemEntries(files["there"]));
        Directory.Delete(Path.Combine(data, "3d_fullres"), recursive: true);
        CliRun.Of(PhantomTraining.Line(data, files["none"])).FailedWith(ExitCode.InputFile, "3d_fullres", "stunet preprocess");
        // What the plan alone can tell comes before the cases.
        CliRun.Of("train", data, "2d", "0", "-tr", "STUNetTrainer_small", "-o", files["none"]).FailedWith(ExitCode.Usage, "2D, which STU-Net is not");
        string raw = files["raw/Dataset900_Torso"];
        CliRun.Of(PhantomTraining.Line(raw, files["none"])).FailedWith(ExitCode.InputFile, "this is a raw data set", $"stunet plan {raw}", $"stunet preprocess {raw}");
        CliRun.Of(PhantomTraining.Line(files["nowhere"], files["none"])).FailedWith(ExitCode.InputFile, "there are no plans", $"stunet plan DATASET -o {files["nowhere"]}", "stunet preprocess");
    }

    /// <summary>A signal to a process of its own, within its second epoch.</summary>
    private static void Interrupt(string[] line, ProcessSignal signal)
    {
        using Process process = CliRun.Start(line);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            string? printed;
            while ((printed = process.StandardOutput.ReadLine()) is not null && !printed.StartsWith("epoch 0", StringComparison.Ordinal))
                continue;
            Assert.NotNull(printed);
            signal.SendTo(process);
            Assert.True(process.WaitForExit(Patience), $"still running {Patience} after the interruption");
        }
        finally
        {
            process.Kill();
        }

        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains("--c goes on from here", error.Result);
    }
}
