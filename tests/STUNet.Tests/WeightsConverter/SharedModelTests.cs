using System.Text.Json;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Model;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Whole models that PyTorch wrote: the demo model and the golden checkpoints, opened directly and converted.</summary>
public sealed class SharedModelTests
{
    [Fact]
    public void Open_DemoModel_HasItsStatedArchitectureAndConvertsExactly()
    {
        Assert.SkipWhen(RepositoryRoot.Shared is null, "shared/ is absent: the PyTorch demo model is not part of the repository");
        string demo = Path.Combine(RepositoryRoot.Shared!, "data", "demo-model");
        string trainer = Path.Combine(demo, "nnUNet", "3d_fullres", "Task900_TorsoPhantom", "STUNetTrainer_demo__nnUNetPlansv2.1");
        ModelOptions options = new() { Labels = LabelNames.Read(Path.Combine(demo, "label_orders.json")) };
        using ModelFiles model = NnunetModel.Open(CheckpointLocator.Find(trainer), options);
        Int3 two = new(2, 2, 2);
        StuNetConfig expected = new(1, 9, [8, 16, 32, 64, 128, 128], [1, 1, 1, 1, 1, 1], [two, two, two, two, new(1, 1, 2)]);
        Assert.Equal(expected, model.Manifest.Architecture);
        Assert.Equal(new Int3(48, 48, 64), model.Manifest.PatchSize);
        Assert.Equal([3, 3, 3], model.Manifest.SpacingMm);
        Assert.Equal("nonCT", Assert.Single(model.Manifest.Channels).Scheme);
        Assert.Equal("lung_right", model.Manifest.Labels[8]);
        Assert.Empty(model.Warnings);
        AssertConvertsExactly(CheckpointLocator.Find(trainer), options);
    }

    [Fact]
    public void Open_GoldenCheckpointsWithTheirSideFiles_GiveTheStatedModel()
    {
        GoldenFile file = Assert.Single(GoldenCases.Main.FilesBelow("checkpoints/", ".safetensors"));
        JsonElement facts = file.Case(Assert.Single(file.CaseNames));
        StuNetConfig expected = StuNetConfigTests.OfPlan(facts.GetProperty("plan"));
        string[] names = [.. facts.GetProperty("good").EnumerateObject().Select(entry => entry.Name)];
        string side = names.First(name => facts.GetProperty("good").GetProperty(name).GetString()!.StartsWith("side file", StringComparison.Ordinal));
        int whole = 0;
        foreach (string name in names.Where(name => !name.EndsWith(".pkl", StringComparison.Ordinal)))
        {
            CheckpointInput input = new("0", GoldenCases.Main.File($"checkpoints/{name}").OpenPath());
            using PyTorchCheckpoint checkpoint = new(input.WeightsPath);
            if (checkpoint.Tensors.Count != StuNetParameters.Enumerate(expected).Count())
                continue;
            whole++;
            ModelOptions options = checkpoint.Nnunet == NnunetVersion.V2 ? new() : new() { PlansPath = GoldenCases.Main.File($"checkpoints/{side}").OpenPath() };
            using ModelFiles model = NnunetModel.Open([input], options);
            JsonElement stage = facts.GetProperty("plans").GetProperty("plans_per_stage").EnumerateObject().First().Value;
            Assert.Equal(expected, model.Manifest.Architecture);
            Assert.Equal(Int3.From(axis => stage.GetProperty("patch_size")[axis].GetInt32()), model.Manifest.PatchSize);
            Assert.Equal(facts.GetProperty("side_name").GetString(), model.Manifest.Trainer);
            Assert.Contains("the tensors decide", Assert.Single(model.Warnings));
            if (checkpoint.Nnunet == NnunetVersion.V2)
            {
                Assert.Equal(expected.Classes, model.Manifest.Labels.Count);
                Assert.Equal("CTNormalization", model.Manifest.Channels[0].Scheme);
                Assert.Equal(250, model.Manifest.Channels[0].Intensity!.StandardDeviation);
            }

            AssertConvertsExactly([input], options);
        }

        Assert.NotEqual(0, whole);
    }

    private static void AssertConvertsExactly(IReadOnlyList<CheckpointInput> inputs, ModelOptions options)
    {
        using TemporaryFolder folder = new();
        CheckpointConverter.Convert(new(inputs, folder.Path, ElementType.F32, options));
        using ModelFiles converted = ModelFiles.Open(folder.Path);
        using ModelFiles original = NnunetModel.Open(inputs, options);
        foreach (TensorInfo tensor in original.Folds[0].Tensors)
        {
            float[] expected = new float[tensor.Count];
            float[] actual = new float[tensor.Count];
            original.Folds[0].Read(tensor.Name, expected);
            converted.Folds[0].Read(tensor.Name, actual);
            Assert.Equal(expected, actual);
        }
    }
}
