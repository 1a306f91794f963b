using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.Tests.Training.Datasets;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

public sealed class DatasetFingerprintTests
{
    [Fact]
    public void Extract_SmallDataset_CropsAndKeepsSpacings()
    {
        using DatasetFiles files = DatasetFiles.Sound(2);
        DatasetFingerprint fingerprint = Extract(files, workers: 2);
        Assert.Equal([new Int3(4, 5, 7), new Int3(4, 5, 7)], fingerprint.ShapesAfterCrop);
        Assert.Equal(new Spacing(2, 1, 1), fingerprint.Spacings[0]);
        Assert.Equal(140 / 480.0, fingerprint.MedianRelativeSizeAfterCropping);
        IntensityProperties intensities = Assert.Single(fingerprint.ForegroundIntensities);
        // Labels lie at z 1 to 4, y 2 to 6, x 2 to 5; the value is 10 z + y + x, and 1000 draws of 80 voxels find both ends.
        Assert.Equal((14, 51), (intensities.Min, intensities.Max));
        Assert.InRange(intensities.Mean, 32.5 - 2, 32.5 + 2);
    }

    [Fact]
    public void Extract_AnyNumberOfWorkers_GivesTheSameBits()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        Extract(files, workers: 1).Write(files.Beside("one.json"));
        Extract(files, workers: 3).Write(files.Beside("three.json"));
        Assert.Equal(File.ReadAllText(files.Beside("one.json")), File.ReadAllText(files.Beside("three.json")));
        DatasetFingerprint.Read(files.Beside("one.json")).Write(files.Beside("again.json"));
        Assert.Equal(File.ReadAllText(files.Beside("one.json")), File.ReadAllText(files.Beside("again.json")));
    }

    [Fact]
    public void Extract_NoForeground_IsRefused()
    {
        using DatasetFiles files = DatasetFiles.Sound(1);
        files.Labels("labelsTr/case_0.nii.gz", (_, _, _) => 0);
        Assert.Contains("no label map", Assert.Throws<InvalidRequestException>(() => Extract(files, 1)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Extract_NonFiniteVoxel_NamesFileAndPlace()
    {
        using DatasetFiles files = DatasetFiles.Sound(1);
        files.Image("imagesTr/case_0_0000.nii.gz", (z, y, x) => (z, y, x) == (2, 3, 4) ? float.NaN : 1);
        string message = Assert.Throws<InvalidFileException>(() => Extract(files, 1)).Message;
        Assert.Contains("case_0_0000.nii.gz", message);
        Assert.Contains("(2, 3, 4)", message);
    }

    [Fact]
    public void Statistics_OfDraws_AreThoseOfTheRepeatedValues()
    {
        float[] foreground = [5, 1, 1, 9, -2];
        NumpyRandom random = new(1234);
        IntensityDraws[] draws = [IntensityDraws.Of(foreground, 1001, random), IntensityDraws.Of([], 1001, random), IntensityDraws.Of([4], 6, random)];
        int[] positions = new int[1001];
        new NumpyRandom(1234).NextBounded((uint)foreground.Length - 1, positions);
        double[] values = [.. positions.Select(at => (double)foreground[at]).Concat(Enumerable.Repeat(4.0, 6)).Order()];
        IntensityProperties found = IntensityDraws.Statistics(draws)!;
        Assert.Equal(values.Average(), found.Mean, 1e-12);
        Assert.Equal(Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2))), found.StandardDeviation, 1e-12);
        Assert.Equal(OrderStatistics.Median(values), found.Median);
        Assert.Equal((values[0], values[^1]), (found.Min, found.Max));
        Assert.Equal(OrderStatistics.Percentile(values, 99.5), found.Percentile995);
        Assert.Equal(OrderStatistics.Percentile(values, 0.5), found.Percentile005);
    }

    [Theory]
    [InlineData(50, 2.5)]
    [InlineData(10, 1.3)]
    [InlineData(0, 1)]
    [InlineData(100, 4)]
    public void Percentile_OfFour_InterpolatesLinearly(double percent, double expected) => Assert.Equal(expected, OrderStatistics.Percentile([4, 1, 3, 2], percent), 1e-15);

    private static DatasetFingerprint Extract(DatasetFiles files, int workers)
    {
        using WorkerPool pool = new(workers);
        return DatasetFingerprint.Extract(RawDataset.Open(files.Folder), pool, draws: 1000);
    }
}
