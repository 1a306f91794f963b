using STUNet.Core;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

/// <summary>Values of the training reference, section 3.</summary>
public sealed class DataSplitsTests
{
    [Theory]
    [InlineData(5, "0|4|3|1|2")]
    [InlineData(6, "3,5|4|0|1|2")]
    [InlineData(12, "0,3,8|7,10,11|6,9|1,4|2,5")]
    public void KFold_OfCases_ValidatesAsNnunet(int count, string folds)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(i => $"c{i:D2}")];
        DataSplits splits = DataSplits.KFold(names.Reverse());
        Assert.Equal(folds, string.Join('|', splits.Folds.Select(fold => string.Join(',', fold.Validation.Select(name => Array.IndexOf(names, name))))));
        Assert.All(splits.Folds, fold => Assert.Equal(names, fold.Train.Concat(fold.Validation).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Fold_BeyondTheFile_IsARandomEightyToTwenty()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];
        Assert.Equal(["4", "6", "0", "9", "1", "7", "2", "8"], DataSplits.KFold(names).Fold(7, names).Train);
        Assert.Equal(["3", "5"], DataSplits.KFold(names).Fold(7, names).Validation);
    }

    [Fact]
    public void Fold_BeyondTheFileOfOneCase_SaysWhatToDo() => Assert.Contains(
        "train fold all", Assert.Throws<InvalidRequestException>(() => new DataSplits([new DataSplit(["a"], ["a"])]).Fold(1, ["a"])).Message);

    [Fact]
    public void KFold_FourCases_SaysWhatToDo()
    {
        InvalidRequestException failure = Assert.Throws<InvalidRequestException>(() => DataSplits.KFold(["a", "b", "c", "d"]));
        Assert.Contains("4 training cases cannot be split into 5 folds", failure.Message);
        Assert.Contains("fold all", failure.Message);
    }

    [Fact]
    public void KFold_CaseTwice_IsRefused() =>
        Assert.Contains("x occurs twice", Assert.Throws<InvalidRequestException>(() => DataSplits.KFold(["a", "x", "b", "c", "d", "x"])).Message);

    [Theory]
    [InlineData("{}", "expected a list")]
    [InlineData("[]", "there is no fold in the file; add one")]
    [InlineData("""[{"train": ["a"]}]""", "[0].val: missing")]
    [InlineData("""[{"train": ["a", 3], "val": ["b"]}]""", "[0].train[1]: expected a text")]
    [InlineData("""[{"train": ["a", "a"], "val": ["b"]}]""", "[0].train: fold 0 names the case a twice; name every case once")]
    [InlineData("""[{"train": ["a"], "val": ["b"]}, {"train": ["a"], "val": ["c", "b", "b"]}]""", "[1].val: fold 1 names the case b twice; name every case once")]
    [InlineData("""[{"train": [], "val": ["b"]}]""", "[0].train: fold 0 has no case to train on; name at least one")]
    [InlineData("""[{"train": ["a"], "val": []}]""", "[0].val: fold 0 has no case to validate on; name at least one, or train fold all")]
    public void Read_WrongFile_NamesTheField(string json, string problem)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["splits_final.json"], json);
        string message = Assert.Throws<InvalidFileException>(() => DataSplits.Read(folder["splits_final.json"])).Message;
        Assert.StartsWith(folder["splits_final.json"], message);
        Assert.Contains(problem, message);
    }

    [Fact]
    public void RequireKnown_UnknownCase_NamesIt() => Assert.Contains(
        "the case y is not in the data set",
        Assert.Throws<InvalidFileException>(() => new DataSplits([new DataSplit(["x"], ["y"])]).RequireKnown("splits_final.json", ["x"])).Message);
}
