using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class PlannedTrainingTests
{
    [Fact]
    public void Of_Version2_FollowsPlanAndTrainer()
    {
        PlannedTraining planned = Of(NnunetVersion.V2, PlannedFiles.Describe());
        TrainerSettings settings = planned.Settings;
        Assert.Equal((1000, 250, 50, 0.001), (settings.Epochs, settings.IterationsPerEpoch, settings.ValidationIterations, settings.InitialLearningRate));
        Assert.Equal(StuNetSize.S, settings.Step.Network.NamedSize);
        Assert.Equal(new SegmentationLoss(DiceForm.Version2, BatchDice: false), settings.Step.Loss);
        Assert.Equal([8 / 15.0, 4 / 15.0, 2 / 15.0, 1 / 15.0, 0], settings.Step.Weights);
        Assert.Equal([true], settings.MaskedChannels);
        Assert.Equal((2, null), (settings.ScoredClasses, settings.AnnotatedEntry));
        Assert.Equal(["background", "bright", "dark"], planned.Manifest.Labels.Values);
        Assert.Equal((NnunetVersion.V2, "ZScoreNormalization"), (planned.Manifest.Nnunet, planned.Manifest.Channels[0].Scheme));
        ModelManifest version1 = Of(NnunetVersion.V2, PlannedFiles.Describe(), NnunetVersion.V1).Manifest;
        Assert.Equal((NnunetVersion.V1, "nonCT"), (version1.Nnunet, version1.Channels[0].Scheme));
    }

    [Fact]
    public void Of_Version1_ValidatesOnceAndSumsOverTheBatchOnlyWithALowResolution()
    {
        PlannedTraining planned = Of(NnunetVersion.V1, PlannedFiles.Describe());
        Assert.Equal((1, DiceForm.Version1, false), (planned.Settings.ValidationIterations, planned.Settings.Step.Loss.Dice, planned.Settings.Step.Loss.BatchDice));
        bool BatchDice(string name)
        {
            using TemporaryFolder folder = new();
            DatasetDescription dataset = Read(folder, PlannedFiles.Describe());
            ExperimentPlan plan = PlannedFiles.Plan(dataset);
            plan = plan with { Configurations = plan.Configurations.Add(plan.Configurations[0] with { Name = PlanConfiguration.LowResolution }) };
            return PlannedTraining.Of(plan, name, dataset, TrainerName.Parse("STUNetTrainer_small"), "0", NnunetVersion.V1, NnunetVersion.V2).Settings.Step.Loss.BatchDice;
        }

        Assert.True(BatchDice(PlanConfiguration.FullResolution));
        Assert.False(BatchDice(PlanConfiguration.LowResolution));
    }

    [Fact]
    public void Of_IgnoreLabel_IsLeftOutOfClassesAndScores()
    {
        TrainerSettings settings = Of(NnunetVersion.V2, PlannedFiles.Describe("""{"background": 0, "bright": 1, "dark": 2, "ignore": 3}""")).Settings;
        Assert.Equal((3, 3, 2), (settings.Step.Network.Classes, settings.Step.Loss.IgnoreLabel, settings.AnnotatedEntry));
    }

    [Fact]
    public void Of_Regions_AreTheOutputsAndKnownToVersion2Only()
    {
        string description = PlannedFiles.Describe("""{"background": 0, "whole": [1, 2], "dark": 2, "ignore": 3}""", """, "regions_class_order": [1, 2]""");
        PlannedTraining planned = Of(NnunetVersion.V2, description);
        TrainerSettings settings = planned.Settings;
        Assert.Equal((2, true, 3, 2, 2, 3), (settings.Step.Network.Classes, settings.Step.Loss.HasRegions, settings.Step.Loss.IgnoreLabel, settings.AnnotatedEntry, settings.ScoredClasses, settings.Targets.Channels));
        Assert.Equal("1+2 2", settings.Describe()["regions"]);
        Assert.Equal([("whole", 1), ("dark", 2)], planned.Manifest.Regions.Select(region => (region.Name, region.Label)));
        Assert.Contains("--rules v2", Assert.Throws<InvalidRequestException>(() => Of(NnunetVersion.V1, description)).Message);
        Assert.Contains("--rules v2", Assert.Throws<InvalidRequestException>(() => Of(NnunetVersion.V2, description, NnunetVersion.V1)).Message);
        Assert.DoesNotContain("regions", Of(NnunetVersion.V2, PlannedFiles.Describe()).Settings.Describe().Keys);
    }

    [Theory]
    [InlineData("""{"background": 0, "bright": 1, "dark": 3}""", "", "without gaps")]
    public void Of_LabelsThatCannotBeTrained_AreRefused(string labels, string more, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidRequestException>(() => Of(NnunetVersion.V2, PlannedFiles.Describe(labels, more))).Message);

    [Fact]
    public void Of_Changes_ShapeNetworkAndMirroring()
    {
        using TemporaryFolder folder = new();
        DatasetDescription dataset = Read(folder, PlannedFiles.Describe());
        PlannedTraining planned = PlannedTraining.Of(
            PlannedFiles.Plan(dataset), PlanConfiguration.FullResolution, dataset, TrainerName.Parse("STUNetTrainer_base"), "0", NnunetVersion.V1, NnunetVersion.V1,
            new TrainerChanges { Dims = [8, 16, 32], Depth = [2], MirrorAxes = [0, 1] });
        Assert.Equal([8, 16, 32], planned.Settings.Step.Network.Dims);
        Assert.Equal([2, 2, 2], planned.Settings.Step.Network.Depth);
        Assert.Equal([0, 1], planned.Settings.MirrorAxes);
        Assert.Equal([0, 1], planned.Manifest.MirrorAxes);
    }

    [Fact]
    public void Of_TooFewStagesForDeepSupervision_IsRefusedWithTheRemedy()
    {
        using TemporaryFolder folder = new();
        DatasetDescription dataset = Read(folder, PlannedFiles.Describe());
        ExperimentPlan plan = PlannedFiles.Plan(dataset);
        string Refusal(NnunetVersion version, int stages, TrainerChanges changes)
        {
            PlanConfiguration cut = plan.Configurations[0] with { PoolOpKernelSizes = plan.Configurations[0].PoolOpKernelSizes[..stages] };
            return Assert.Throws<InvalidRequestException>(() => PlannedTraining.Of(
                plan with { Configurations = [cut] }, cut.Name, dataset, TrainerName.Parse("STUNetTrainer_small"), "0", version, NnunetVersion.V2, changes)).Message;
        }

        Assert.Contains("3d_fullres has 2", Refusal(NnunetVersion.V2, 2, TrainerChanges.None));
        Assert.Contains("3d_fullres has 1", Refusal(NnunetVersion.V2, 1, TrainerChanges.None));
        Assert.Contains("this one has 2", Refusal(NnunetVersion.V1, 4, new TrainerChanges { Dims = [8, 16] }));
    }

    private static PlannedTraining Of(NnunetVersion version, string description, NnunetVersion preprocessing = NnunetVersion.V2)
    {
        using TemporaryFolder folder = new();
        DatasetDescription dataset = Read(folder, description);
        return PlannedTraining.Of(PlannedFiles.Plan(dataset), PlanConfiguration.FullResolution, dataset, TrainerName.Parse("STUNetTrainer_small_ft"), "0", version, preprocessing);
    }

    private static DatasetDescription Read(TemporaryFolder folder, string description)
    {
        File.WriteAllText(folder["dataset.json"], description);
        return DatasetDescription.Read(folder["dataset.json"]);
    }
}
