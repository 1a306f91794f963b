using STUNet.Core;
using STUNet.Imaging;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

public sealed class TrainingCaseTests
{
    [Fact]
    public void Read_LabelOfAnotherSpacing_IsRefusedByName()
    {
        using DatasetFiles files = DatasetFiles.Sound(3);
        TrainingCase first = RawDataset.Open(files.Folder).Cases[0];
        Assert.Equal(DatasetFiles.Size, first.Read().Labels.Size);
        files.Labels("labelsTr/case_0.nii.gz", (_, _, x) => x < 4 ? 1u : 0, DatasetFiles.Geometry(spacing: new Spacing(2, 1, 1.01)));
        InvalidFileException refusal = Assert.Throws<InvalidFileException>(first.Read);
        Assert.Contains(first.Label, refusal.Message);
        Assert.Contains("pixdim", refusal.Message);
    }
}
