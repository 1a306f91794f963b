using STUNet.Core;
using STUNet.Inference;
using STUNet.TestKit;

namespace STUNet.Tests.Inference.Evaluation;

public sealed class DatasetLabelsTests
{
    [Fact]
    public void Read_V1_GivesLabelsInOrderOfValue()
    {
        DatasetLabels labels = Read("""{"labels": {"0": "background", "10": "spleen", "2": "liver"}}""");
        Assert.Equal(["2", "10"], labels.Foreground.Select(what => what.Key));
        Assert.Equal("liver", labels.Names[2]);
        Assert.Equal([2u, 10], labels.ForegroundLabels);
        Assert.Null(labels.Ignore);
    }

    [Fact]
    public void Read_V2WithRegions_KeepsTheirOrderAndTheIgnoreLabel()
    {
        DatasetLabels labels = Read("""{"labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": [3], "ignore": 4}}""");
        Assert.Equal(["(1, 2, 3)", "(2, 3)", "(3,)"], labels.Foreground.Select(what => what.Key));
        Assert.Equal(4u, labels.Ignore);
        Assert.Equal([1u, 2, 3], labels.ForegroundLabels);
    }

    [Theory]
    [InlineData("[]", "labels")]
    [InlineData("{}", "labels")]
    [InlineData("""{"labels": {}}""", "labels")]
    [InlineData("""{"labels": {"0": "background"}}""", "labels")]
    [InlineData("""{"labels": {"x": "liver"}}""", "'x'")]
    [InlineData("""{"labels": {"liver": -1}}""", "labels.liver")]
    [InlineData("""{"labels": {"liver": 1.5}}""", "labels.liver")]
    [InlineData("""{"labels": {"liver": 99999999}}""", "labels.liver")]
    [InlineData("""{"labels": {"liver": []}}""", "labels.liver")]
    [InlineData("""{"labels": {"liver": NaN, "x": 1}}""", "labels.liver")]
    public void Read_Wrong_NamesFileAndField(string text, string named)
    {
        string message = Assert.Throws<InvalidFileException>(() => Read(text)).Message;
        Assert.Contains("dataset.json", message);
        Assert.Contains(named, message);
    }

    private static DatasetLabels Read(string text)
    {
        using TemporaryFolder folder = new();
        string path = folder["dataset.json"];
        File.WriteAllText(path, text);
        return DatasetLabels.Read(path);
    }
}
