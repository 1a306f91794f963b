using System.Collections.Immutable;
using System.Security.Cryptography;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

public sealed class CheckpointConverterTests
{
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Convert_TwoFolds_GivesAModelFolderWithTheSameValues(ElementType type)
    {
        using TemporaryFolder folder = new();
        ImmutableArray<CheckpointInput> inputs = CheckpointLocator.Find(TinyModel.WriteFolder(folder["in"], 2));
        List<ConversionProgress> reports = [];
        ConversionResult result = CheckpointConverter.Convert(new(inputs, folder["out"], type, new() { Licence = "ours" }), new Recorder(reports));

        using ModelFiles model = ModelFiles.Open(folder["out"]);
        Assert.Equal(TinyModel.Config, model.Manifest.Architecture);
        Assert.Equal(type, model.Manifest.ElementType);
        Assert.Equal("ours", model.Manifest.Licence);
        Assert.Equal(["0", "1"], model.Manifest.Folds.Select(fold => fold.Name));
        Assert.Contains("STUNetTrainer_small", Assert.Single(result.Warnings));
        for (int fold = 0; fold < 2; fold++)
        {
            foreach (TensorInfo tensor in model.Folds[fold].Tensors)
                Assert.Equal(Ramp(fold, tensor.Count), Values(model.Folds[fold], tensor));
        }

        string source = folder[Path.Combine("in", "fold_0", "model_final_checkpoint.model")];
        Assert.Equal(["fold_0/model_final_checkpoint.model", "fold_1/model_final_checkpoint.model", "fold_0/model_final_checkpoint.model.pkl"], model.Manifest.Sources.Select(file => file.File));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(source))), model.Manifest.Sources[0].Sha256);
        Assert.Equal(reports[^1].TotalBytes, reports[^1].DoneBytes);
    }

    [Fact]
    public void Open_V1Folder_DescribesThePlans()
    {
        using TemporaryFolder folder = new();
        using ModelFiles model = NnunetModel.Open(CheckpointLocator.Find(TinyModel.WriteFolder(folder.Path, 1)));
        ModelManifest manifest = model.Manifest;
        ModelManifest expected = TinyModel.Manifest(TinyModel.Config);
        Assert.Equal(expected.Architecture, manifest.Architecture);
        Assert.Equal(expected.PatchSize, manifest.PatchSize);
        Assert.Equal(expected.SpacingMm, manifest.SpacingMm);
        Assert.Equal(expected.TransposeForward, manifest.TransposeForward);
        Assert.Equal(expected.TransposeBackward, manifest.TransposeBackward);
        Assert.Equal(expected.Channels, manifest.Channels);
        Assert.Equal(expected.Export, manifest.Export);
        Assert.Equal([0, 1, 2], manifest.MirrorAxes);
        Assert.Equal(NnunetVersion.V1, manifest.Nnunet);
        Assert.Empty(manifest.Labels);
        Assert.Equal(Ramp(0, 6), Values(model.Folds[0], new("conv_blocks_context.2.0.norm1.weight", [6], ElementType.F32)));
    }

    [Fact]
    public void Convert_ValueBeyondHalfPrecision_NamesTheTensorAndLeavesNothing()
    {
        using TemporaryFolder folder = new();
        string path = TinyModel.WriteFolder(folder["in"], 1);
        TinyModel.WriteCheckpoint(Path.Combine(path, "fold_0", "model_final_checkpoint.model"), TinyModel.Config, index => index == 3 ? 70000 : 1);
        InvalidRequestException failure = Assert.Throws<InvalidRequestException>(
            () => CheckpointConverter.Convert(new(CheckpointLocator.Find(path), folder["out"], ElementType.F16)));
        Assert.Contains("conv_blocks_context.0.0.conv1.weight: value 70000 at index 3", failure.Message);
        Assert.Empty(Directory.GetFiles(folder["out"]));
        CheckpointConverter.Convert(new(CheckpointLocator.Find(path), folder["out"], ElementType.BF16));
    }

    [Fact]
    public void Convert_Cancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        string path = TinyModel.WriteFolder(folder["in"], 2);
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => CheckpointConverter.Convert(new(CheckpointLocator.Find(path), folder["out"]), null, source.Token));
        Assert.Empty(Directory.GetFiles(folder["out"]));
    }

    [Fact]
    public void Open_FoldsOfDifferentArchitecture_IsRefused()
    {
        using TemporaryFolder folder = new();
        StuNetConfig other = new(2, 3, [2, 4, 8], TinyModel.Config.Depth, TinyModel.Config.Strides, TinyModel.Config.Kernels);
        TinyModel.WriteFolder(folder.Path, 2, configOf: fold => fold == 0 ? TinyModel.Config : other);
        Assert.Contains("fold_1", Assert.Throws<InvalidFileException>(() => NnunetModel.Open(CheckpointLocator.Find(folder.Path))).Message);
    }

    [Fact]
    public void Open_PlansOfAnotherModel_IsRefused()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(TinyModel.WriteFolder(folder.Path, 1), "fold_0", "model_final_checkpoint.model");
        StuNetConfig more = new(2, 9, TinyModel.Config.Dims, TinyModel.Config.Depth, TinyModel.Config.Strides, TinyModel.Config.Kernels);
        File.WriteAllBytes($"{path}.pkl", TinyModel.SideFile(more, "x"));
        Assert.Contains("3 classes", Assert.Throws<InvalidFileException>(() => NnunetModel.Open(CheckpointLocator.Find(folder.Path))).Message);
        File.Delete($"{path}.pkl");
        Assert.Contains("plans.pkl", Assert.Throws<InvalidFileException>(() => NnunetModel.Open(CheckpointLocator.Find(folder.Path))).Message);
        File.WriteAllBytes(folder["plans.pkl"], PickleWriter.Write(TinyModel.Plans(TinyModel.Config)));
        using ModelFiles model = NnunetModel.Open(CheckpointLocator.Find(folder.Path));
        Assert.Contains("plans.pkl", Assert.Single(model.Warnings));
    }

    // reference/checkpoints-and-plans.md section 3.1: entry i is 2 on axis j when max(P) - P[j] <= i.
    [Fact]
    public void Read_VeryOldPlans_DefaultsFollowTheRules()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, object?> stage = new() { ["patch_size"] = new List<object?> { 16, 32, 32 }, ["current_spacing"] = new List<object?> { 3.0, 1.0, 1.0 }, ["num_pool_per_axis"] = new List<object?> { 1, 2, 3 } };
        File.WriteAllBytes(folder["plans.pkl"], PickleWriter.Write(new Dictionary<string, object?>
        {
            ["num_modalities"] = 1,
            ["num_classes"] = 2,
            ["normalization_schemes"] = new Dictionary<int, object?> { [0] = "nonCT" },
            ["plans_per_stage"] = new List<object?> { stage },
        }));
        NnunetV1Plans plans = NnunetV1Plans.Read(folder["plans.pkl"]);
        Assert.Equal([new(1, 1, 2), new(1, 2, 2), new(2, 2, 2)], plans.Stages[0].PoolOpKernelSizes);
        Assert.Equal(Enumerable.Repeat(new Int3(3, 3, 3), 4), plans.Stages[0].ConvKernelSizes);
        Assert.Equal([0, 1, 2], plans.TransposeForward);
        Assert.Equal([1, 2], plans.AllClasses);
        Assert.Equal([false], plans.UseMaskForNorm);
    }

    [Fact]
    public void Open_LabelsBeyondTheClasses_IsRefused()
    {
        using TemporaryFolder folder = new();
        ImmutableArray<CheckpointInput> inputs = CheckpointLocator.Find(TinyModel.WriteFolder(folder.Path, 1));
        Assert.Contains("3 classes", Assert.Throws<InvalidRequestException>(() => NnunetModel.Open(inputs, new() { Labels = LabelNames.TotalSegmentator })).Message);
    }

    [Fact]
    public void Find_FoldsAndNames_FollowsTheLayouts()
    {
        using TemporaryFolder folder = new();
        TinyModel.WriteFolder(folder.Path, 3);
        Assert.Equal(["0", "1", "2"], CheckpointLocator.Find(folder.Path).Select(input => input.Fold));
        Assert.Equal("1", Assert.Single(CheckpointLocator.Find(folder[Path.Combine("fold_1", "model_final_checkpoint.model")])).Fold);
        Assert.Equal("2", Assert.Single(CheckpointLocator.Find(folder["fold_2"])).Fold);
        Assert.Equal(["2", "0"], CheckpointLocator.Find(folder.Path, ["2", "0"], "model_final_checkpoint").Select(input => input.Fold));
        Assert.Contains("fold 7", Assert.Throws<InvalidFileException>(() => CheckpointLocator.Find(folder.Path, ["7"])).Message);
        Assert.Contains("base_ep4k", Assert.Throws<InvalidFileException>(() => CheckpointLocator.Find(folder.Path, null, "base_ep4k")).Message);
        Assert.Throws<InvalidFileException>(() => CheckpointLocator.Find(folder["absent"]));
        Directory.Move(folder["fold_2"], folder["all"]);
        Assert.EndsWith(Path.Combine("all", "model_final_checkpoint.model"), Assert.Single(CheckpointLocator.Find(folder.Path, ["all"])).WeightsPath);
    }

    private static float[] Ramp(int fold, long count) => [.. Enumerable.Range(0, (int)count).Select(index => TinyModel.Value(fold, index))];

    private static float[] Values(ITensorSource source, TensorInfo tensor)
    {
        float[] values = new float[tensor.Count];
        source.Read(tensor.Name, values);
        return values;
    }

    private sealed class Recorder(List<ConversionProgress> reports) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value) => reports.Add(value);
    }
}
