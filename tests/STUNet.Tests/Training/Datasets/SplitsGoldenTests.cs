using System.Globalization;
using System.Text.Json;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Training.Planning;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

/// <summary>The folds nnU-Net's trainer writes, from the cases in any order.</summary>
public sealed class SplitsGoldenTests
{
    private const string Table = "splits/cases.json";

    public static IEnumerable<ITheoryDataRow> Sets => GoldenCases.Rows(
        GoldenSet.Nnunet, set => JsonComparison.Load(set.File(Table).FullPath).EnumerateArray().Select(entry => (object)entry.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(Sets))]
    public void KFold_GoldenCases_EqualsNnunetsFile(string name)
    {
        JsonElement entry = JsonComparison.Load(GoldenCases.Nnunet.File(Table).OpenPath()).EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);
        string[] given = Texts(entry.GetProperty("given"));
        string golden = GoldenCases.Nnunet.File(entry.GetProperty("file").GetString()!).OpenPath();
        Assert.Equal(Texts(entry.GetProperty("sorted")), DataSplit.All(given).Train);
        Assert.Equal(
            entry.GetProperty("shuffled_indices").EnumerateArray().Select(index => index.GetInt32()), new NumpyRandom(12345).Permutation(given.Length));

        DataSplits splits = DataSplits.KFold(given);
        using TemporaryFolder folder = new();
        splits.Write(folder["splits.json"]);
        JsonComparison.Equal(JsonComparison.Load(golden), JsonComparison.Load(folder["splits.json"]));
        DataSplits read = DataSplits.Read(golden);
        Assert.Equal(splits.Folds.Select(fold => string.Join(' ', fold.Train)), read.Folds.Select(fold => string.Join(' ', fold.Train)));

        foreach (JsonProperty extra in entry.GetProperty("extra_folds").EnumerateObject())
        {
            DataSplit fold = read.Fold(int.Parse(extra.Name, CultureInfo.InvariantCulture), given);
            Assert.Equal(Texts(extra.Value.GetProperty("train")), fold.Train);
            Assert.Equal(Texts(extra.Value.GetProperty("val")), fold.Validation);
        }
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
}
