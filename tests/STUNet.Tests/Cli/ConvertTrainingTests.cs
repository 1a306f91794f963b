using System.Diagnostics;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Tests.Cli;

/// <summary>A training from planning to PyTorch: nnU-Net gets its own plans and data set back.</summary>
public sealed class ConvertTrainingTests(PhantomTraining phantoms) : IClassFixture<PhantomTraining>
{
    private const string Interpreter = "/usr/bin/python3";

    private const string Version2 = """
        import json, sys, torch
        folder, model = sys.argv[1:3]
        checkpoint = torch.load(folder + "/fold_0/checkpoint_final.pth", map_location="cpu")
        args = checkpoint["init_args"]
        for name, file in (("plans", "plans.json"), ("dataset_json", "dataset.json")):
            expected = json.load(open(model + "/" + file))
            # As text too: 1 and 1.0 are equal, but not the same.
            assert args[name] == expected and json.dumps(args[name]) == json.dumps(expected), name
        assert args["plans"]["dataset_name"] == "Dataset900_Torso", args["plans"]["dataset_name"]
        assert (args["configuration"], args["fold"], checkpoint["trainer_name"]) == ("3d_fullres", 0, "STUNetTrainer_small")
        assert checkpoint["grad_scaler_state"] is None and checkpoint["current_epoch"] == 1
        assert sum("conv_blocks_context" in name and name.endswith(".0.conv1.weight") for name in checkpoint["network_weights"]) == 6
        """;

    private const string Version1 = """
        import json, pickle, sys, torch
        folder, model = sys.argv[1:3]
        torch.load(folder + "/fold_0/model_final_checkpoint.model", map_location="cpu")
        plans = json.load(open(model + "/plans.json"))
        plan = plans["configurations"]["3d_fullres"]
        for v1 in (pickle.load(open(folder + "/plans.pkl", "rb")), pickle.load(open(folder + "/fold_0/model_final_checkpoint.model.pkl", "rb"))["plans"]):
            stage = v1["plans_per_stage"][0]
            assert stage["batch_size"] == plan["batch_size"], stage
            assert list(stage["patch_size"]) == plan["patch_size"]
            assert list(stage["current_spacing"]) == plan["spacing"]
            assert list(stage["original_spacing"]) == plans["original_median_spacing_after_transp"]
            assert list(stage["median_patient_size_in_voxels"]) == [round(size) for size in plan["median_image_size_in_voxels"]]
            assert stage["do_dummy_2D_data_aug"] is False
            assert v1["dataset_properties"]["intensityproperties"][0]["mean"] == plans["foreground_intensity_properties_per_channel"]["0"]["mean"]
        """;

    [Fact]
    public void Convert_Training_GivesNnunetItsOwnPlansAndDataSet()
    {
        using CliFiles files = new();
        string data = phantoms.Preprocessed(files);
        PhantomTraining.Edit(data, configuration => configuration["batch_size"] = 3);
        CliRun.Of(PhantomTraining.Line(data, files["model"], epochs: 1, dims: PhantomTraining.SmallDims)).Succeeded();
        CliRun run = CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["v2"]).Succeeded();
        Assert.DoesNotContain("warning", run.Error);
        Assert.Equal(["dataset.json", "dataset_fingerprint.json", "plans.json"], files.FilesIn("v2").Where(file => !file.Contains('/')));
        foreach (string file in (string[])["dataset.json", "dataset_fingerprint.json", "plans.json"])
            Assert.Equal(File.ReadAllBytes(files[$"model/{file}"]), File.ReadAllBytes(files[$"v2/{file}"]));
        Assert.Equal(File.ReadAllText(Path.Combine(data, "nnUNetPlans.json")), File.ReadAllText(files["v2/plans.json"]));
        using (PyTorchCheckpoint read = new(files["v2/fold_0/checkpoint_final.pth"]))
        {
            Assert.Equal("Dataset900_Torso", read.Root["init_args"]["plans"]["dataset_name"].Text());
            Assert.Equal("3d_fullres", read.Root["init_args"]["configuration"].Text());
        }

        CliRun first = CliRun.Of("convert", "--to", "pytorch", "--form", "v1", "-i", files["model"], "-o", files["v1"]).Succeeded();
        Assert.Contains("preprocessed by the rules of nnU-Net v2", first.Error);
        Assert.Contains("trained by the rules of nnU-Net v2", first.Error);

        // The model goes the whole way round.
        CliRun.Of("convert", "-i", files["v2"], "-o", files["back"]).Succeeded();
        Assert.Equal(ModelManifest.Read(files["model/model.json"]).Channels, ModelManifest.Read(files["back/model.json"]).Channels);

        File.Delete(files["model/plans.json"]);
        Assert.Contains("copy them there", CliRun.Of("convert", "--to", "pytorch", "-i", files["model"], "-o", files["without"]).Succeeded().Error);
        Assert.Contains("Dataset001_Exported", File.ReadAllText(files["without/plans.json"]));
        Assert.SkipUnless(File.Exists(Interpreter) && Run("import torch, numpy") is "", "python3-torch is not installed");
        File.Copy(files["v2/plans.json"], files["model/plans.json"]);
        Assert.Equal("", Run(Version2, files["v2"], files["model"]));
        Assert.Equal("", Run(Version1, files["v1"], files["model"]));
    }

    /// <summary>What a script fails with; empty where it succeeds.</summary>
    private static string Run(string script, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Interpreter, ["-c", script, .. arguments]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : $"exit code {process.ExitCode}: {error}";
    }
}
