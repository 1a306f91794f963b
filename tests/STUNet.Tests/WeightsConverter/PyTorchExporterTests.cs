using System.Diagnostics;
using System.Text.Json;
using STUNet.Cli;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Models written as PyTorch checkpoints, read back by our own reader and, where it is installed, by PyTorch.</summary>
public sealed class PyTorchExporterTests
{
    private const string Interpreter = "/usr/bin/python3";

    private const string Script = """
        import sys, numpy, torch
        path, form, raw = sys.argv[1:4]
        checkpoint = torch.load(path, map_location="cpu")
        weights = checkpoint["state_dict" if form == "V1" else "network_weights"]
        expected = numpy.fromfile(raw, numpy.float32)
        assert all(t.dtype == torch.float32 and t.is_contiguous() for t in weights.values())
        actual = numpy.concatenate([t.numpy().ravel() for t in weights.values()])
        assert numpy.array_equal(actual.view(numpy.uint32), expected.view(numpy.uint32))
        if form == "V1":
            import pickle
            side = pickle.load(open(path + ".pkl", "rb"))
            stage = side["plans"]["plans_per_stage"][0]
            assert stage["patch_size"].dtype == numpy.int64 and stage["current_spacing"].dtype == numpy.float64
            assert checkpoint["epoch"] == len(checkpoint["plot_stuff"][0])
        else:
            assert isinstance(checkpoint["init_args"]["device"], torch.device)
            assert all(type(value) is int for value in checkpoint["init_args"]["dataset_json"]["labels"].values())
            assert type(checkpoint["init_args"]["plans"]["configurations"]["3d_fullres"]["batch_size"]) is int
        """;

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_TwoFolds_ReadBackTheSameModelAndBits(NnunetVersion form)
    {
        using TemporaryFolder folder = new();
        using ModelFiles model = Model(folder);
        (IReadOnlyList<string> files, _) = PyTorchExporter.Write(model, null, folder["trained"], form);
        Assert.All(files, file => Assert.True(File.Exists(file)));
        using ModelFiles read = NnunetModel.Open(CheckpointLocator.Find(folder["trained"]));
        ModelManifest expected = model.Manifest;
        Assert.Equal(form, read.Manifest.Nnunet);
        Assert.Equal(expected.Architecture, read.Manifest.Architecture);
        Assert.Equal(expected.PatchSize, read.Manifest.PatchSize);
        Assert.Equal(expected.SpacingMm, read.Manifest.SpacingMm);
        Assert.Equal(expected.TransposeForward, read.Manifest.TransposeForward);
        Assert.Equal(expected.TransposeBackward, read.Manifest.TransposeBackward);
        Assert.Equal(expected.Trainer, read.Manifest.Trainer);
        Assert.Equal(expected.Channels.Select(channel => (channel.Name, channel.UseMask, channel.Intensity)), read.Manifest.Channels.Select(channel => (channel.Name, channel.UseMask, channel.Intensity)));
        for (int i = 0; i < model.Folds.Length; i++)
            Assert.Equal(Values(model.Folds[i]), Values(read.Folds[i]));
        if (form == NnunetVersion.V1)
            Assert.Equal(expected.Export, read.Manifest.Export);
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_LoadedByPyTorch_GivesEqualTensors(NnunetVersion form)
    {
        Assert.SkipUnless(File.Exists(Interpreter) && Run("import torch, numpy").Code == 0, "python3-torch is not installed");
        using TemporaryFolder folder = new();
        using ModelFiles model = Model(folder);
        (IReadOnlyList<string> files, _) = PyTorchExporter.Write(model, null, folder["trained"], form);
        File.WriteAllBytes(folder["raw"], Values(model.Folds[0]).SelectMany(BitConverter.GetBytes).ToArray());
        (int code, string error) = Run(Script, files[0], form.ToString(), folder["raw"]);
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Write_BesideGoldenCheckpoints_HasTheirKeysInTheirOrder()
    {
        GoldenFile golden = Assert.Single(GoldenCases.Main.FilesBelow("checkpoints/", ".safetensors"));
        JsonElement good = golden.Case(Assert.Single(golden.CaseNames)).GetProperty("good");
        using TemporaryFolder folder = new();
        using ModelFiles model = Model(folder);
        int compared = 0;
        foreach (string name in good.EnumerateObject().Select(entry => entry.Name).Where(name => !name.EndsWith(".pkl", StringComparison.Ordinal)))
        {
            using PyTorchCheckpoint expected = new(GoldenCases.Main.File($"checkpoints/{name}").OpenPath());
            if (expected.Nnunet is not { } form || expected.Root.Members().Count() < 3)
                continue;
            (IReadOnlyList<string> files, _) = PyTorchExporter.Write(model, null, folder[name], form);
            using PyTorchCheckpoint actual = new(files[0]);
            string[] keys = Keys(actual.Root);
            // Mixed precision's scaler is only there where v1 trained with it.
            Assert.Equal(Keys(expected.Root).Where(key => key != "amp_grad_scaler"), keys);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }

    [Fact]
    public void Write_Entries_AreStoredAtMultiplesOf64Bytes()
    {
        using TemporaryFolder folder = new();
        using ModelFiles model = Model(folder);
        (IReadOnlyList<string> files, _) = PyTorchExporter.Write(model, null, folder["trained"], NnunetVersion.V2);
        using RandomAccessFile file = new(files[0]);
        Dictionary<string, ZipEntry> entries = StoredZip.ReadDirectory(file);
        Assert.All(entries.Values, entry => Assert.Equal(0, entry.DataOffset % 64));
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.OpenRead(files[0]);
        Assert.Equal(entries.Keys.Order(), archive.Entries.Select(entry => entry.FullName).Order());
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Write_Cancelled_LeavesNothingNewAndKeepsWhatWasThere(NnunetVersion form)
    {
        using TemporaryFolder folder = new();
        using ModelFiles model = Model(folder);
        PyTorchExporter.Write(model, null, folder["there"], form);
        string[] before = Files(folder["there"]);
        foreach (string target in (string[])["there", "new"])
        {
            using CancellationTokenSource cancellation = new();
            // The first piece of the second fold: the first fold's files are complete by then.
            ProgressReport<ConversionProgress> progress = new(state =>
            {
                if (2 * state.DoneBytes > state.TotalBytes)
                    cancellation.Cancel();
            });
            Assert.ThrowsAny<OperationCanceledException>(() => PyTorchExporter.Write(model, null, folder[target], form, progress, cancellation.Token));
        }

        Assert.Equal(before, Files(folder["there"]));
        Assert.Empty(Files(folder["new"]));
        using ModelFiles read = NnunetModel.Open(CheckpointLocator.Find(folder["there"]));
        Assert.Equal(Values(model.Folds[1]), Values(read.Folds[1]));
    }

    private static string[] Files(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static ModelFiles Model(TemporaryFolder folder)
    {
        TinyModel.WriteFolder(folder["original"], folds: 2);
        CheckpointConverter.Convert(new(CheckpointLocator.Find(folder["original"]), folder["model"]));
        return ModelFiles.Open(folder["model"]);
    }

    private static string[] Keys(PickleField root) => [.. root.Members().Select(member => (string)member.Key)];

    private static float[] Values(ITensorSource source) => [.. source.Tensors.SelectMany(tensor =>
    {
        float[] values = new float[tensor.Count];
        source.Read(tensor.Name, values);
        return values;
    })];

    private static (int Code, string Error) Run(string script, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Interpreter, ["-c", script, .. arguments]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
