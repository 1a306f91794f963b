using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Training.Datasets;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

public sealed class PlanTransferTests
{
    private static readonly IntensityProperties Own = new(1, 2, 3, 4, 5, 6, 7);
    private static readonly IntensityProperties Known = new(10, 20, 30, 40, 50, 60, 70);

    [Fact]
    public void From_PublishedModel_KeepsItsGridAndTakesSizesFromTheDataset()
    {
        ExperimentPlan plan = PlanTransfer.From(Manifest([new ChannelNormalization("CT", "nonCT", UseMask: false, Intensity: null)]), "Dataset002_New", Description(1), Fingerprint(1));
        PlanConfiguration full = Assert.Single(plan.Configurations);
        Assert.Equal(("Dataset002_New", "3d_fullres", 2), (plan.DatasetName, full.Name, full.BatchSize));
        Assert.Equal([128, 128, 128], full.PatchSize);
        Assert.Equal([1.5, 1.5, 1.5], full.Spacing);
        // 100 x 3 mm, 200 x 0.75 mm and 300 x 1.5 mm at 1.5 mm.
        Assert.Equal([200.0, 100.0, 300.0], full.MedianImageSizeInVoxels);
        Assert.Equal([4, 4, 5], full.NumPoolPerAxis);
        Assert.Equal([1, 1, 1], full.PoolOpKernelSizes[0]);
        Assert.Equal([1, 1, 2], full.PoolOpKernelSizes[^1]);
        // The published models normalise CT by its own mean; what the channel is called does not change that.
        Assert.Equal(["ZScoreNormalization"], full.NormalizationSchemes);
        Assert.Equal([false], full.UseMaskForNorm);
        Assert.Equal([Own], plan.ForegroundIntensities);
        using TemporaryFolder folder = new();
        plan.Write(folder["plans.json"]);
        Assert.Equal([128, 128, 128], ExperimentPlan.Read(folder["plans.json"]).Configuration("3d_fullres").PatchSize);
    }

    [Fact]
    public void From_ModelWithIntensities_KeepsThem()
    {
        ExperimentPlan plan = PlanTransfer.From(Manifest([new ChannelNormalization("CT", "CT", UseMask: true, Known)]), "Dataset002_New", Description(1), Fingerprint(1), batchSize: 4);
        Assert.Equal(["CTNormalization"], plan.Configurations[0].NormalizationSchemes);
        Assert.Equal([false], plan.Configurations[0].UseMaskForNorm);
        Assert.Equal(4, plan.Configurations[0].BatchSize);
        Assert.Equal([Known], plan.ForegroundIntensities);
    }

    [Fact]
    public void From_OtherNumberOfChannels_TakesTheDatasetsNormalisation()
    {
        ExperimentPlan plan = PlanTransfer.From(Manifest([new ChannelNormalization("CT", "CT", UseMask: false, Known)]), "Dataset002_New", Description(2), Fingerprint(2));
        Assert.Equal(["CTNormalization", "ZScoreNormalization"], plan.Configurations[0].NormalizationSchemes);
        Assert.Equal([false, true], plan.Configurations[0].UseMaskForNorm);
        Assert.Equal([Own, Own], plan.ForegroundIntensities);
    }

    [Fact]
    public void From_Plans_MovesEveryConfiguration()
    {
        ExperimentPlan pretrained = ExperimentPlanner.Plan("Dataset001_Old", Description(1), Fingerprint(1)).Plan with { ForegroundIntensities = [Known] };
        DatasetFingerprint smaller = Fingerprint(1) with { ShapesAfterCrop = [new Int3(50, 100, 150)] };
        ExperimentPlan moved = PlanTransfer.From(pretrained, "Dataset002_New", Description(1), smaller);
        Assert.Equal(pretrained.Configurations.Select(configuration => configuration.Name), moved.Configurations.Select(configuration => configuration.Name));
        Assert.Equal([Known], moved.ForegroundIntensities);
        Assert.Equal("Dataset002_New", moved.DatasetName);
        for (int i = 0; i < moved.Configurations.Length; i++)
            Assert.Equal(pretrained.Configurations[i].PatchSize, moved.Configurations[i].PatchSize);
        Assert.Equal(pretrained.Configuration("2d").MedianImageSizeInVoxels.Select(length => length / 2), moved.Configuration("2d").MedianImageSizeInVoxels);
    }

    [Fact]
    public void From_Ct2_IsRefused() => Assert.Contains(
        "CT2",
        Assert.Throws<InvalidRequestException>(() => PlanTransfer.From(Manifest([new ChannelNormalization("CT", "CT2", UseMask: false, Known)]), "New", Description(1), Fingerprint(1))).Message);

    private static ModelManifest Manifest(ImmutableArray<ChannelNormalization> channels) => new()
    {
        Architecture = StuNetConfig.Of(StuNetSize.S, channels.Length),
        PatchSize = new Int3(128, 128, 128),
        SpacingMm = [1.5, 1.5, 1.5],
        TransposeForward = [0, 1, 2],
        TransposeBackward = [0, 1, 2],
        Channels = channels,
        Nnunet = NnunetVersion.V1,
        ElementType = ElementType.F32,
        Folds = [],
    };

    private static DatasetDescription Description(int channels)
    {
        using DatasetFiles files = new();
        files.Describe(DatasetFiles.TwoClasses.Replace("""{"0": "CT"}""", channels == 1 ? """{"0": "CT"}""" : """{"0": "CT", "1": "T1"}""", StringComparison.Ordinal));
        return DatasetDescription.Read(files["dataset.json"]);
    }

    private static DatasetFingerprint Fingerprint(int channels) => new()
    {
        ShapesAfterCrop = [new Int3(100, 200, 300)],
        Spacings = [new Spacing(3, 0.75, 1.5)],
        ForegroundIntensities = [.. Enumerable.Repeat(Own, channels)],
        MedianRelativeSizeAfterCropping = 0.5,
    };
}
