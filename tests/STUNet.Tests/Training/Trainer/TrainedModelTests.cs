using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class TrainedModelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RequireRoom_OtherRulesOrPlan_AreRefusedWhetherTheOtherFoldIsDoneOrNot(bool isDone)
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = Manifest(NnunetVersion.V1);
        string other = isDone ? Path.Combine(folder["model"], ModelManifest.FileName) : Path.Combine(folder["model"], "fold_0", TrainingFolder.PlannedFile);
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        (manifest with { Folds = [new FoldFile("0", "fold_0.safetensors")] }).Write(other);
        TrainedModel.RequireRoom(folder["model"], manifest, "1");
        string message = Assert.Throws<InvalidFileException>(() => TrainedModel.RequireRoom(folder["model"], Manifest(NnunetVersion.V2), "1")).Message;
        Assert.StartsWith($"{other}: trainingRules: ", message);
        Assert.Contains("by the rules of nnU-Net v1, and this is another model, by those of v2;", message);
        Assert.Contains("give --rules v1, or name another folder", message);
        Assert.Contains(
            "another model", Assert.Throws<InvalidFileException>(() => TrainedModel.RequireRoom(folder["model"], manifest with { SpacingMm = [2, 1, 1] }, "1")).Message);
    }

    [Fact]
    public void RequireRoom_FolderThatDoesNotTellItsRules_TakesEither()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder["model"], ModelManifest.FileName);
        Directory.CreateDirectory(folder["model"]);
        (Manifest(NnunetVersion.V1) with { Folds = [new FoldFile("0", "fold_0.safetensors")], TrainingRules = null }).Write(path);
        TrainedModel.RequireRoom(folder["model"], Manifest(NnunetVersion.V1), "1");
        TrainedModel.RequireRoom(folder["model"], Manifest(NnunetVersion.V2), "1");
    }

    [Fact]
    public void RequireRoom_TheSameFoldPlannedOtherwise_IsItsOwnAffair()
    {
        using TemporaryFolder folder = new();
        using (TrainingFolder fold = TrainingFolder.Open(folder["model/fold_0"], isContinued: false))
            TrainedModel.WritePlanned(fold, Manifest(NnunetVersion.V1), "0");
        TrainedModel.RequireRoom(folder["model"], Manifest(NnunetVersion.V2), "0");
    }

    private static ModelManifest Manifest(NnunetVersion rules) => new()
    {
        Architecture = new StuNetConfig(inputChannels: 1, classes: 3, dims: [4, 4, 8], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]),
        PatchSize = new Int3(8, 8, 8),
        SpacingMm = [1, 1, 1],
        TransposeForward = [0, 1, 2],
        TransposeBackward = [0, 1, 2],
        Channels = [new ChannelNormalization("MR", "ZScoreNormalization", UseMask: false, Intensity: null)],
        Nnunet = NnunetVersion.V2,
        TrainingRules = rules,
        ElementType = ElementType.F32,
        Folds = [],
    };
}
