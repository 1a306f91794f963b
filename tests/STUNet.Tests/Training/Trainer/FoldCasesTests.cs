using STUNet.Core;
using STUNet.TestKit;
using STUNet.Tests.WeightsConverter;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class FoldCasesTests
{
    private static readonly string[] All = ["a", "b", "c"];

    [Fact]
    public void Find_FileNumberAndAll_GiveTheirCases()
    {
        using TemporaryFolder folder = new();
        string data = PlannedFiles.Write(folder["data"]);
        FoldCases found = FoldCases.Find("1", data, All);
        Assert.Equal(["b"], found.Split.Validation);
        Assert.Empty(found.Warnings);
        FoldCases all = FoldCases.Find("all", data, All);
        Assert.Equal(All, all.Split.Validation);
        Assert.Empty(all.Warnings);
        Assert.Contains("c is not", Assert.Throws<InvalidFileException>(() => FoldCases.Find("0", data, ["a", "b"])).Message);
        File.Delete(Path.Combine(data, DataSplits.FileName));
        Assert.Equal(["3"], FoldCases.Find("2", data, ["0", "1", "2", "3", "4"]).Split.Validation);
        File.WriteAllBytes(Path.Combine(data, SplitsFile.Version1Name), NnunetV1SplitsTests.OfNumpy);
        Assert.Equal(["case_1"], FoldCases.Find("1", data, ["case_0", "case_1", "case_2", "case_3", "case_4"]).Split.Validation);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData(" 1")]
    [InlineData("99999999999")]
    [InlineData("")]
    public void Find_NoNumberAsItIsWritten_IsRefused(string fold)
    {
        using TemporaryFolder folder = new();
        string data = PlannedFiles.Write(folder["data"]);
        Assert.Equal(
            $"There is no fold {fold}; give a number from 0, without leading zeros, or all.", Assert.Throws<InvalidRequestException>(() => FoldCases.Find(fold, data, All)).Message);
    }

    [Fact]
    public void Find_BeyondTheFolds_SaysThatItIsARandomSplit()
    {
        using TemporaryFolder folder = new();
        string data = PlannedFiles.Write(folder["data"]);
        FoldCases beyond = FoldCases.Find("9", data, All);
        Assert.Equal((2, 1), (beyond.Split.Train.Length, beyond.Split.Validation.Length));
        string path = Path.Combine(data, DataSplits.FileName);
        Assert.Equal($"{path} has the folds 0 to 1; fold 9 is a random split of its own, drawn by its number: 2 cases to train, 1 to validate.", Assert.Single(beyond.Warnings));
        File.Delete(path);
        Assert.StartsWith("the cross-validation has the folds 0 to 4; fold 5 is", Assert.Single(FoldCases.Find("5", data, ["0", "1", "2", "3", "4"]).Warnings));
    }

    [Fact]
    public void Find_ValidationCasesThatAreTrainedOn_AreWarnedOf()
    {
        using TemporaryFolder folder = new();
        string data = PlannedFiles.Write(folder["data"]);
        string path = Path.Combine(data, DataSplits.FileName);
        new DataSplits([new DataSplit(["a", "b"], ["c", "b"]), new DataSplit(["a"], ["b"])]).Write(path);
        string warning = Assert.Single(FoldCases.Find("0", data, All).Warnings);
        Assert.StartsWith($"{path}: fold 0 trains on 1 of its 2 validation cases too, such as b,", warning);
        Assert.Empty(FoldCases.Find("1", data, All).Warnings);
    }
}
