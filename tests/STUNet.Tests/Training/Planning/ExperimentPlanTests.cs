using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Training.Datasets;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

public sealed class ExperimentPlanTests
{
    [Fact]
    public void Plan_LargeImages_HasCascadeThatInheritsFullResolution()
    {
        ExperimentPlan plan = LargePlan();
        Assert.Equal(["2d", "3d_lowres", "3d_fullres", "3d_cascade_fullres"], plan.Configurations.Select(configuration => configuration.Name));
        Assert.Equal([128, 128, 128], plan.Configuration("3d_fullres").PatchSize);
        Assert.True(plan.Configuration("3d_fullres").BatchDice);
        Assert.Equal(["3d_cascade_fullres"], plan.Configuration("3d_lowres").NextStages);
        using TemporaryFolder folder = new();
        plan.Write(folder["plans.json"]);
        JsonNode written = JsonNode.Parse(File.ReadAllText(folder["plans.json"]))!["configurations"]!["3d_cascade_fullres"]!;
        Assert.Equal("""{"inherits_from":"3d_fullres","previous_stage":"3d_lowres"}""", written.ToJsonString());
        PlanConfiguration cascade = ExperimentPlan.Read(folder["plans.json"]).Configuration("3d_cascade_fullres");
        Assert.Equal([128, 128, 128], cascade.PatchSize);
        Assert.Equal("3d_lowres", cascade.PreviousStage);
        Assert.Contains("choose one of 2d, 3d_lowres", Assert.Throws<InvalidRequestException>(() => plan.Configuration("4d")).Message);
    }

    [Fact]
    public void Read_OverriddenSetting_IsKeptWhenWritten()
    {
        JsonNode json = Written();
        json["configurations"]!["3d_cascade_fullres"]!["batch_size"] = 7;
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["plans.json"], json.ToJsonString());
        ExperimentPlan.Read(folder["plans.json"]).Write(folder["again.json"]);
        Assert.Equal(7, ExperimentPlan.Read(folder["again.json"]).Configuration("3d_cascade_fullres").BatchSize);
    }

    [Fact]
    public void Read_PlansOfNewerNnunet_TakesTheNetworkFromItsArchitecture()
    {
        JsonNode json = Written();
        JsonObject full = json["configurations"]!["3d_fullres"]!.AsObject();
        JsonNode strides = full["pool_op_kernel_sizes"]!.DeepClone();
        JsonNode kernels = full["conv_kernel_sizes"]!.DeepClone();
        foreach (string old in (string[])["UNet_class_name", "UNet_base_num_features", "n_conv_per_stage_encoder", "n_conv_per_stage_decoder", "num_pool_per_axis", "pool_op_kernel_sizes", "conv_kernel_sizes", "unet_max_num_features"])
            full.Remove(old);
        full["architecture"] = new JsonObject
        {
            ["network_class_name"] = "a.PlainConvUNet",
            ["arch_kwargs"] = new JsonObject
            {
                ["features_per_stage"] = new JsonArray(32, 64, 128, 256, 320, 320),
                ["strides"] = strides,
                ["kernel_sizes"] = kernels,
                ["n_conv_per_stage"] = new JsonArray(2, 2, 2, 2, 2, 2),
                ["n_conv_per_stage_decoder"] = new JsonArray(2, 2, 2, 2, 2),
            },
        };
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["plans.json"], json.ToJsonString());
        PlanConfiguration read = ExperimentPlan.Read(folder["plans.json"]).Configuration("3d_fullres");
        Assert.Equal([5, 5, 5], read.NumPoolPerAxis);
        Assert.Equal((32, 320, 6), (read.UNetBaseNumFeatures, read.UNetMaxNumFeatures, read.PoolOpKernelSizes.Length));
    }

    [Theory]
    [InlineData("transpose_forward", "[0, 0, 1]", "not an order")]
    [InlineData("transpose_backward", "[1, 0, 2]", "not the inverse")]
    [InlineData("configurations", "{}", "0 configurations")]
    [InlineData("configurations/3d_fullres/patch_size", "[128, 128, 0]", "patch_size[2]")]
    [InlineData("configurations/3d_fullres/spacing", "[1, 1]", "spacing: expected 3 entries")]
    [InlineData("configurations/3d_fullres/batch_size", "\"two\"", "batch_size: expected a whole number")]
    [InlineData("configurations/3d_fullres/pool_op_kernel_sizes", "[[1, 1, 1]]", "conv_kernel_sizes for 1")]
    [InlineData("configurations/3d_fullres/normalization_schemes", "[\"a\", \"b\"]", "expected 1 entries")]
    [InlineData("configurations/3d_fullres/inherits_from", "\"3d_cascade_fullres\"", "circle")]
    [InlineData("configurations/3d_cascade_fullres/inherits_from", "\"absent\"", "configurations.absent: missing")]
    [InlineData("foreground_intensity_properties_per_channel/0/std", "null", "std: missing")]
    public void Read_WrongField_IsNamed(string field, string value, string problem)
    {
        JsonNode json = Written();
        string[] path = field.Split('/');
        path[..^1].Aggregate(json, (node, member) => node[member]!)[path[^1]] = JsonNode.Parse(value);
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["nnUNetPlans.json"], json.ToJsonString());
        string message = Assert.Throws<InvalidFileException>(() => ExperimentPlan.Read(folder["nnUNetPlans.json"])).Message;
        Assert.StartsWith(folder["nnUNetPlans.json"], message);
        Assert.Contains(problem, message);
    }

    [Fact]
    public void Read_DamagedFile_IsOneSentence()
    {
        using TemporaryFolder folder = new();
        byte[] whole = System.Text.Encoding.UTF8.GetBytes(Written().ToJsonString());
        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. whole];
            for (int j = 0; j < 3; j++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["plans.json"], i % 4 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                ExperimentPlan.Read(folder["plans.json"]);
            }
            catch (InvalidFileException failure)
            {
                Assert.StartsWith(folder["plans.json"], failure.Message);
            }
        }
    }

    [Fact]
    public void Plan_FingerprintOfAnotherNumberOfChannels_IsRefused()
    {
        DatasetFingerprint two = Fingerprint() with { ForegroundIntensities = [Intensity, Intensity] };
        Assert.Contains("2 channels", Assert.Throws<InvalidRequestException>(() => ExperimentPlanner.Plan("Dataset001_Large", Description(), two)).Message);
    }

    private static IntensityProperties Intensity => new(1, 2, 3, 4, 5, 6, 7);

    private static ExperimentPlan LargePlan() => ExperimentPlanner.Plan("Dataset001_Large", Description(), Fingerprint()).Plan;

    private static DatasetFingerprint Fingerprint() => new()
    {
        ShapesAfterCrop = [new Int3(512, 512, 512)],
        Spacings = [new Spacing(1, 1, 1)],
        ForegroundIntensities = [Intensity],
        MedianRelativeSizeAfterCropping = 1,
    };

    private static DatasetDescription Description()
    {
        using DatasetFiles files = new();
        files.Describe(DatasetFiles.TwoClasses);
        return DatasetDescription.Read(files["dataset.json"]);
    }

    private static JsonNode Written()
    {
        using TemporaryFolder folder = new();
        LargePlan().Write(folder["plans.json"]);
        return JsonNode.Parse(File.ReadAllText(folder["plans.json"]))!;
    }
}
