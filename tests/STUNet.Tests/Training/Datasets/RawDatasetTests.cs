using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

public sealed class RawDatasetTests
{
    [Fact]
    public void Open_Version2_ListsCasesByCodePoints()
    {
        using DatasetFiles files = new();
        files.Describe("""
            {"channel_names": {"0": "CT", "1": "noNorm"}, "labels": {"background": 0, "a": 1}, "numTraining": 4, "file_ending": ".nii.gz"}
            """);
        foreach (string name in (string[])["_x", "Zed", "alpha", "s_10", "._alpha"])
            files.Case(name, channels: 2);
        RawDataset dataset = RawDataset.Open(files.Folder + Path.DirectorySeparatorChar);
        Assert.Equal("Dataset001_Small", dataset.Name);
        Assert.Equal(["Zed", "_x", "alpha", "s_10"], dataset.Cases.Select(entry => entry.Identifier));
        Assert.Equal([files["imagesTr/alpha_0000.nii.gz"], files["imagesTr/alpha_0001.nii.gz"]], dataset.Cases[2].Images.Select(Path.GetFullPath));
        Assert.Equal(files["labelsTr/alpha.nii.gz"], Path.GetFullPath(dataset.Cases[2].Label));
        Assert.Equal(NnunetVersion.V2, dataset.Description.Nnunet);
    }

    [Fact]
    public void Open_Version1_TakesTheListedCasesWithTheirChannels()
    {
        using DatasetFiles files = new("Task007_Old");
        files.Describe("""
            {"name": "Old", "modality": {"0": "T1", "1": "T2"}, "labels": {"0": "background", "10": "b", "1": "a"}, "numTraining": 2, "numTest": 0,
             "training": [{"image": "./imagesTr/p_2.nii.gz", "label": "./labelsTr/p_2.nii.gz"}, {"image": "./imagesTr/p_1.nii.gz", "label": "./labelsTr/p_1.nii.gz"}],
             "test": []}
            """);
        RawDataset dataset = RawDataset.Open(files.Folder);
        Assert.Equal(NnunetVersion.V1, dataset.Description.Nnunet);
        Assert.Equal(["T1", "T2"], dataset.Description.ChannelNames);
        // The file's order decides the order in which v1 draws class locations.
        Assert.Equal(["background", "b", "a"], dataset.Description.Labels.Entries.Select(entry => entry.Name));
        Assert.Equal([0, 1, 10], dataset.Description.Labels.Values);
        Assert.Equal(["p_1", "p_2"], dataset.Cases.Select(entry => entry.Identifier));
        Assert.Equal([files["imagesTr/p_1_0000.nii.gz"], files["imagesTr/p_1_0001.nii.gz"]], dataset.Cases[0].Images);
    }

    [Fact]
    public void Open_Version2WithFileList_TakesIt()
    {
        using DatasetFiles files = new();
        files.Describe("""
            {"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz",
             "dataset": {"one": {"images": ["../elsewhere/scan.nii.gz"], "label": "labelsTr/truth.nii.gz"}}}
            """);
        TrainingCase only = Assert.Single(RawDataset.Open(files.Folder).Cases);
        Assert.Equal(("one", files["labelsTr/truth.nii.gz"]), (only.Identifier, only.Label));
        Assert.Equal([files.Beside("elsewhere/scan.nii.gz")], only.Images);
    }

    [Fact]
    public void Labels_RegionsAndIgnore_AreTold()
    {
        using DatasetFiles files = new();
        files.Describe("""
            {"channel_names": {"0": "T1"}, "numTraining": 1, "file_ending": ".nii.gz", "regions_class_order": [1, 2, 3],
             "labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}}
            """);
        DatasetLabels labels = DatasetDescription.Read(files["dataset.json"]).Labels;
        Assert.Equal([0, 1, 2, 3], labels.Values);
        Assert.Equal([1, 2, 3], labels.Foreground);
        Assert.Equal(["whole", "core", "enhancing"], labels.Regions.Select(region => region.Name));
        Assert.Equal((4, 3, 5), (labels.Ignore, labels.Outputs, labels.Entries.Length));
        Assert.Equal([1, 2, 3], labels.RegionsClassOrder);
    }

    [Theory]
    [InlineData("""{"labels": """, "dataset.json", "not JSON")]
    [InlineData("""{"channel_names": {"0": "CT"}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels", "missing")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels", "background")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels", "only label")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 1}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels", "two names")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": -1}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels.a", "-1")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "ignore": 3}, "numTraining": 1, "file_ending": ".nii.gz"}""", "labels", "ignore")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": [1, 2]}, "numTraining": 1, "file_ending": ".nii.gz"}""", "regions_class_order", "missing")]
    [InlineData("""{"channel_names": {"1": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}""", "channel_names", "channel 0")]
    [InlineData("""{"labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}""", "channel_names", "missing")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "file_ending": ".nii.gz"}""", "numTraining", "missing")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1}""", "file_ending", "missing")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": "/x"}""", "file_ending", "no file ending")]
    [InlineData("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz", "dataset": {"../x": {"images": ["a"], "label": "b"}}}""", "dataset", "no name for a case")]
    [InlineData("""{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "a"}, "numTraining": 1}""", "training", "missing")]
    [InlineData("""{"modality": {"0": "CT"}, "labels": {"0": "background", "x": "a"}, "numTraining": 1, "training": []}""", "labels.x", "label value")]
    [InlineData("""{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "a"}, "numTraining": 1, "training": [{"image": "a.mha", "label": "b"}]}""", "image", ".nii.gz")]
    public void Open_WrongDescription_NamesFileAndField(string json, string field, string problem)
    {
        using DatasetFiles files = new();
        files.Describe(json);
        InvalidFileException failure = Assert.Throws<InvalidFileException>(() => RawDataset.Open(files.Folder));
        Assert.StartsWith(files["dataset.json"], failure.Message);
        Assert.Contains(field, failure.Message);
        Assert.Contains(problem, failure.Message);
    }

    [Fact]
    public void Open_NoFolderNoImages_SaysSo()
    {
        using DatasetFiles files = new();
        Assert.Contains("does not exist", Assert.Throws<InvalidFileException>(() => RawDataset.Open(files["absent"])).Message);
        Assert.Contains("dataset.json", Assert.Throws<InvalidFileException>(() => RawDataset.Open(files.Folder)).Message);
        files.Describe(DatasetFiles.TwoClasses);
        File.WriteAllText(files["imagesTr/case.nii.gz"], "");
        Assert.Contains("no image CASE_0000.nii.gz", Assert.Throws<InvalidFileException>(() => RawDataset.Open(files.Folder)).Message);
    }

    [Fact]
    public void Read_FilesOfDifferentSize_NamesBoth()
    {
        using DatasetFiles files = DatasetFiles.Sound(1);
        files.Labels("labelsTr/case_0.nii.gz", (_, _, _) => 1, DatasetFiles.Geometry(new Int3(6, 8, 9)));
        InvalidFileException failure = Assert.Throws<InvalidFileException>(() => RawDataset.Open(files.Folder).Cases[0].Read());
        Assert.Contains("6x8x9", failure.Message);
        Assert.Contains("case_0_0000.nii.gz has 6x8x10", failure.Message);
    }
}
