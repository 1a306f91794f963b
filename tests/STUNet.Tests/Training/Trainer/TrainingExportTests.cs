using System.Diagnostics;
using STUNet.Core;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Tests.Training.Trainers;

/// <summary>Trainings written as PyTorch checkpoints: the optimiser goes on there with the same buffers.</summary>
public sealed class TrainingExportTests
{
    private const string Interpreter = "/usr/bin/python3";
    private const int Epochs = 3;

    private const string Script = """
        import sys, numpy, torch
        path, form, raw, buffers, names = sys.argv[1:6]
        checkpoint = torch.load(path, map_location="cpu")
        weights = checkpoint["state_dict" if form == "V1" else "network_weights"]
        parameters = [torch.nn.Parameter(weight.clone()) for weight in weights.values()]
        optimizer = torch.optim.SGD(parameters, 1, momentum=0.5)
        optimizer.load_state_dict(checkpoint["optimizer_state_dict" if form == "V1" else "optimizer_state"])
        group = optimizer.param_groups[0]
        assert (group["momentum"], group["weight_decay"], group["nesterov"], group["dampening"]) == (0.99, 3e-5, True, 0), group
        trained = [(name, p) for name, p in zip(weights, parameters) if "momentum_buffer" in optimizer.state[p]]
        assert [name for name, p in trained] == names.split(","), [name for name, p in trained]
        def same(tensors, file):
            actual = numpy.concatenate([t.detach().numpy().ravel() for t in tensors])
            assert numpy.array_equal(actual.view(numpy.uint32), numpy.fromfile(file, numpy.uint32))
        same(parameters, raw)
        same([optimizer.state[p]["momentum_buffer"] for name, p in trained], buffers)
        for name, p in trained:
            p.grad = torch.ones_like(p)
        before = trained[0][1].detach().clone()
        expected = 0.99 * optimizer.state[trained[0][1]]["momentum_buffer"] + 1 + 3e-5 * before
        group["lr"] = 0.125
        optimizer.step()
        assert torch.allclose(optimizer.state[trained[0][1]]["momentum_buffer"], expected)
        assert torch.allclose(trained[0][1], before - 0.125 * (1 + 3e-5 * before + 0.99 * expected))
        """;

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_FinishedTraining_HasItsEpochsAndIsReadBack(NnunetVersion form)
    {
        using TemporaryFolder folder = new();
        using TrainingExport export = Trained(folder, form);
        PyTorchExporter.Write(export.Manifest, export.Checkpoints, export.Plans, folder["torch"], form);
        IReadOnlyList<EpochRecord> log = EpochLog.Read(folder[$"model/fold_0/{EpochLog.FileName}"]);
        using PyTorchCheckpoint read = new(PathOf(folder, form));
        Assert.Equal(Epochs, read.Root[form == NnunetVersion.V1 ? "epoch" : "current_epoch"].Int(0, 100));
        if (form == NnunetVersion.V1)
        {
            double[][] lists = [.. read.Root["plot_stuff"].List(list => list.List(item => item.Double()).ToArray(), 4, 4)];
            Assert.Equal(log.Select(epoch => epoch.TrainingLoss), lists[0]);
            Assert.Equal(log.Select(epoch => epoch.ValidationLoss), lists[1]);
            Assert.Empty(lists[2]);
            Assert.Equal(log.Select(epoch => epoch.MeanDice), lists[3]);
            Assert.Equal(3, read.Root["best_stuff"].List(item => item.Double()).Length);
        }
        else
        {
            PickleField logging = read.Root["logging"];
            Assert.Equal(log.Select(epoch => epoch.AverageDice), logging["ema_fg_dice"].List(item => item.Double()));
            Assert.Equal(log.SelectMany(epoch => epoch.Dice), logging["dice_per_class_or_region"].List(item => item.List(dice => dice.Double())).SelectMany(dice => dice));
            double[] starts = [.. logging["epoch_start_timestamps"].List(item => item.Double())];
            double[] ends = [.. logging["epoch_end_timestamps"].List(item => item.Double())];
            Assert.Equal(log.Select(epoch => epoch.Times.Total), ends.Zip(starts, (end, start) => Math.Round(end - start, 3)));
            Assert.Equal(log.Max(epoch => epoch.AverageDice), read.Root["_best_ema"].Double());
        }

        PickleField optimizer = read.Root[form == NnunetVersion.V1 ? "optimizer_state_dict" : "optimizer_state"];
        PickleField group = optimizer["param_groups"].List(item => item, 1, 1)[0];
        // v1 has set the rate of the epoch after the last, which is 0.
        Assert.Equal(form == NnunetVersion.V1 ? 0 : log[^1].LearningRate, group["lr"].Double());
        Assert.Equal(Enumerable.Range(0, StuNetParameters.Enumerate(TinyTraining.Network).Count()), group["params"].List(item => item.Int(0, 1000)));

        using ModelFiles model = NnunetModel.Open(CheckpointLocator.Find(folder["torch"]));
        Assert.Equal(TinyTraining.Network, model.Manifest.Architecture);
        ITensorSource final = Final(export).Tensors;
        Assert.Equal(Values(final, ParameterNames), Values(model.Folds[0], ParameterNames));
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_LoadedByPyTorch_ContinuesTheOptimiser(NnunetVersion form)
    {
        Assert.SkipUnless(File.Exists(Interpreter) && Run("import torch, numpy").Code == 0, "python3-torch is not installed");
        using TemporaryFolder folder = new();
        using TrainingExport export = Trained(folder, form);
        PyTorchExporter.Write(export.Manifest, export.Checkpoints, export.Plans, folder["torch"], form);
        ExportedCheckpoint final = Final(export);
        string[] trained = [.. ParameterNames.Where(name => final.Training!.BufferOf(name) is not null)];
        // v1 skips the head whose loss has weight 0.
        Assert.Equal(form == NnunetVersion.V1, trained.Length < ParameterNames.Length);
        File.WriteAllBytes(folder["raw"], Values(final.Tensors, ParameterNames));
        File.WriteAllBytes(folder["buffers"], Values(final.Tensors, [.. trained.Select(name => final.Training!.BufferOf(name)!)]));
        (int code, string error) = Run(Script, PathOf(folder, form), form.ToString(), folder["raw"], folder["buffers"], string.Join(',', trained));
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Find_InterruptedTraining_ExportsTheLatestAndWarns()
    {
        using TemporaryFolder folder = new();
        WritePlanned(folder, NnunetVersion.V2);
        TrainingRun.Of(folder["model/fold_0"], TinyTraining.Settings, progress => progress is { Epoch: 1, Done: 1 });
        using TrainingExport export = TrainingExport.Find(folder["model"])!;
        ExportedCheckpoint latest = Assert.Single(export.Checkpoints, checkpoint => checkpoint.Name == CheckpointName.Latest);
        Assert.Equal((1, 1), (latest.Training!.Epoch, latest.Training.Epochs.Length));
        Assert.Collection(
            export.Warnings,
            warning => Assert.Contains("1 batches of epoch 1", warning),
            warning => Assert.Contains("copy them there", warning));
        PyTorchExporter.Write(export.Manifest, export.Checkpoints, export.Plans, folder["torch"], NnunetVersion.V2);
        Assert.Contains("checkpoint_latest.pth", TrainingRun.FilesIn(folder["torch/fold_0"]));
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_ScaledLoss_KeepsTheScaleAsGradScalerDoes(NnunetVersion form)
    {
        using TemporaryFolder folder = new();
        WritePlanned(folder, form);
        TrainerSettings settings = TinyTraining.Of(form, 1);
        TinyTraining.Run(folder["model/fold_0"], settings with { Step = settings.Step with { ScalesLoss = true } });
        using TrainingExport export = TrainingExport.Find(folder["model"])!;
        PyTorchExporter.Write(export.Manifest, export.Checkpoints, export.Plans, folder["torch"], form);
        using PyTorchCheckpoint read = new(PathOf(folder, form));
        PickleField scale = read.Root[form == NnunetVersion.V1 ? "amp_grad_scaler" : "grad_scaler_state"];
        Assert.Equal(["scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"], scale.Members().Select(member => member.Key));
        Assert.Equal(
            (65536.0, 2.0, 0.5, 2000, settings.IterationsPerEpoch),
            (scale["scale"].Double(), scale["growth_factor"].Double(), scale["backoff_factor"].Double(), scale["growth_interval"].Int(0, 9999), scale["_growth_tracker"].Int(0, 9)));
    }

    [Theory]
    [InlineData(NnunetVersion.V1, NnunetVersion.V1, new string[] { })]
    [InlineData(NnunetVersion.V1, NnunetVersion.V2, new[] { "trained by the rules of nnU-Net v2" })]
    [InlineData(NnunetVersion.V2, NnunetVersion.V1, new[] { "preprocessed by the rules of nnU-Net v2" })]
    [InlineData(NnunetVersion.V2, NnunetVersion.V2, new[] { "preprocessed by the rules of nnU-Net v2", "trained by the rules of nnU-Net v2" })]
    public void Write_RulesThatTheFormCannotSay_AreWarnedOf(NnunetVersion preprocessing, NnunetVersion rules, string[] expected)
    {
        using TemporaryFolder folder = new();
        WritePlanned(folder, preprocessing);
        TinyTraining.Run(folder["model/fold_0"], TinyTraining.Of(rules, 1));
        using TrainingExport export = TrainingExport.Find(folder["model"])!;
        (_, IReadOnlyList<string> warnings) = PyTorchExporter.Write(export.Manifest, export.Checkpoints, export.Plans, folder["torch"], NnunetVersion.V1);
        string[] rulesWarned = [.. warnings.Where(warning => warning.Contains("by the rules of", StringComparison.Ordinal))];
        Assert.Equal(expected.Length, rulesWarned.Length);
        Assert.All(expected.Zip(rulesWarned), pair => Assert.Contains(pair.First, pair.Second));
    }

    [Fact]
    public void Find_BadInput_NamesTheFile()
    {
        using TemporaryFolder folder = new();
        Assert.Null(TrainingExport.Find(folder["model"]));
        TinyTraining.Run(folder["model/fold_0"], TinyTraining.Of(NnunetVersion.V2, 1));
        Assert.Contains(TrainingFolder.PlannedFile, Assert.Throws<InvalidFileException>(() => TrainingExport.Find(folder["model"])).Message);
        WritePlanned(folder, NnunetVersion.V2);
        string path = folder[$"model/fold_0/{TrainingFolder.BestFile}"];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("SHA-256", Assert.Throws<InvalidFileException>(() => TrainingExport.Find(folder["model"])).Message);
    }

    private static string[] ParameterNames => [.. StuNetParameters.Enumerate(TinyTraining.Network).Select(parameter => parameter.Name)];

    private static ExportedCheckpoint Final(TrainingExport export) => export.Checkpoints.Single(checkpoint => checkpoint.Name == CheckpointName.Final);

    private static string PathOf(TemporaryFolder folder, NnunetVersion form) =>
        folder[form == NnunetVersion.V1 ? "torch/fold_0/model_final_checkpoint.model" : "torch/fold_0/checkpoint_final.pth"];

    private static TrainingExport Trained(TemporaryFolder folder, NnunetVersion version)
    {
        WritePlanned(folder, version);
        TinyTraining.Run(folder["model/fold_0"], TinyTraining.Of(version, Epochs));
        return TrainingExport.Find(folder["model"])!;
    }

    private static void WritePlanned(TemporaryFolder folder, NnunetVersion version)
    {
        using TrainingFolder fold = TrainingFolder.Open(folder["model/fold_0"], isContinued: true);
        TrainedModel.WritePlanned(fold, new ModelManifest
        {
            Architecture = TinyTraining.Network,
            PatchSize = new Int3(8, 8, 8),
            SpacingMm = [1, 1, 1],
            TransposeForward = [0, 1, 2],
            TransposeBackward = [0, 1, 2],
            Channels = [new ChannelNormalization("MR", version == NnunetVersion.V1 ? "nonCT" : "ZScoreNormalization", UseMask: false, Intensity: null)],
            Nnunet = version,
            ElementType = ElementType.F32,
            Folds = [],
        }, "0");
    }

    private static byte[] Values(ITensorSource source, string[] names) => [.. names.SelectMany(name =>
    {
        float[] values = new float[source.Tensors.Single(tensor => tensor.Name == name).Count];
        source.Read(name, values);
        return values.SelectMany(BitConverter.GetBytes);
    })];

    private static (int Code, string Error) Run(string script, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Interpreter, ["-c", script, .. arguments]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
