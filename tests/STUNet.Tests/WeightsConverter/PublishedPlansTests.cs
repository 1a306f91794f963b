using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>The plan files published with STU-Net; their facts are listed in reference/checkpoints-and-plans.md section 3.2.</summary>
public sealed class PublishedPlansTests
{
    [Theory]
    [InlineData("small")]
    [InlineData("base")]
    [InlineData("large")]
    [InlineData("huge")]
    public void Read_PublishedSideFile_HasTheKnownFacts(string size)
    {
        NnunetV1SideFile side = NnunetV1SideFile.Read(File($"{size}_ep4k.model.pkl"));
        Assert.Equal($"STUNetTrainer_{size}", side.Trainer);
        Assert.Equal(0, side.Stage);
        AssertPublished(side.Plans, hasStages: true);
    }

    [Fact]
    public void Read_PublishedPlans_AreTrimmed() => AssertPublished(NnunetV1Plans.Read(File("plans.pkl")), hasStages: false);

    [Fact]
    public void PlansFile_SideFileOrPlans_TakesTheStageOrSaysWhereItStands()
    {
        NnunetV1PlansFile side = NnunetV1PlansFile.Read(File("base_ep4k.model.pkl"));
        Assert.Equal(("STUNetTrainer_base", 2, new Int3(128, 128, 128)), (side.Trainer, side.Stage.BatchSize, side.Stage.PatchSize));
        InvalidFileException trimmed = Assert.Throws<InvalidFileException>(() => NnunetV1PlansFile.Read(File("plans.pkl")));
        Assert.Contains("plans_per_stage: missing; these are trimmed plans; give the checkpoint's side file", trimmed.Message);
    }

    [Fact]
    public void TotalSegmentator_HasTheNamesOfThe104Structures()
    {
        Assert.Equal(105, LabelNames.TotalSegmentator.Count);
        Assert.Equal("background", LabelNames.TotalSegmentator[0]);
        Assert.Equal(Enumerable.Range(0, 105), LabelNames.TotalSegmentator.Keys);
        Assert.Equal(LabelNames.Read(File("label_orders.json")), LabelNames.TotalSegmentator);
    }

    internal static void AssertPublished(NnunetV1Plans plans, bool hasStages)
    {
        Assert.Equal(1, plans.NumModalities);
        Assert.Equal(104, plans.NumClasses);
        Assert.Equal(["nonCT"], plans.NormalizationSchemes);
        Assert.Equal([false], plans.UseMaskForNorm);
        Assert.Null(Assert.Single(plans.IntensityProperties));
        Assert.Equal(Enumerable.Range(1, 104), plans.AllClasses);
        Assert.Equal([0, 1, 2], plans.TransposeForward);
        Assert.Equal([0, 1, 2], plans.TransposeBackward);
        Assert.Equal("nnUNetData_plans_v2.1", plans.DataIdentifier);
        Assert.Equal(32, plans.BaseNumFeatures);
        Assert.Equal(ExportParameters.Default, plans.Export);
        if (!hasStages)
        {
            Assert.Empty(plans.Stages);
            return;
        }

        NnunetV1Stage stage = Assert.Single(plans.Stages).Value;
        Assert.Equal(new Int3(128, 128, 128), stage.PatchSize);
        Assert.Equal(new Int3(228, 228, 240), stage.MedianPatientSizeInVoxels);
        Assert.Equal([1.5, 1.5, 1.5], stage.CurrentSpacing);
        Assert.Equal([1.5, 1.5, 1.5], stage.OriginalSpacing);
        Assert.Equal(StuNetConfig.PublishedStrides, stage.PoolOpKernelSizes);
        Assert.Equal(Enumerable.Repeat(new Int3(3, 3, 3), 6), stage.ConvKernelSizes);
        Assert.Equal(2, stage.BatchSize);
        Assert.False(stage.DoDummy2DDataAug);
    }

    private static string File(string name)
    {
        Assert.SkipWhen(RepositoryRoot.Shared is null, "shared/ is absent: the published plan files are not part of the repository");
        return Path.Combine(RepositoryRoot.Shared!, "data", "stunet-plan-files", name);
    }
}
