using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Preprocessing;

public sealed class TrainingPreprocessorTests
{
    private static readonly PreprocessingRecipe ZScore = new()
    {
        Version = NnunetVersion.V2,
        Forward = AxisPermutation.Identity,
        Spacing = [1, 1, 1],
        Channels = [new IntensityRule(NormalizationScheme.ZScore, UseMask: true, null)],
        Classes = [[1], [2]],
        Labels = [0, 1, 2],
    };

    [Theory]
    [InlineData(NnunetVersion.V1, NormalizationScheme.NonCt)]
    [InlineData(NnunetVersion.V2, NormalizationScheme.ZScore)]
    public void Run_MaskedRow_IsCroppedMarkedAndNormalisedInside(NnunetVersion version, NormalizationScheme scheme)
    {
        // Inside are 2, 4, 2 and 4: mean 3, deviation 1. The 0 between them lies outside and stays 0.
        TrainingVolumes row = Row([0, 2, 0, 4, 2, 4], [0, 1, 0, 2, 0, 1]);
        using WorkerPool pool = new(1);
        PreprocessingRecipe recipe = ZScore with { Version = version, Channels = [new IntensityRule(scheme, UseMask: true, null)] };
        using PreprocessedVolumes actual = new TrainingPreprocessor(recipe, pool).Run(row);
        Assert.Equal(new CropBox(new Int3(0, 0, 1), new Int3(1, 1, 5)), actual.Properties.Box);
        Assert.Equal([-1, 0, 1, -1, 1], actual.Channels[0].GetSpan().ToArray().Select(value => Math.Round(value, 6)));
        Assert.Equal([1, -1, 2, 0, 1], actual.Labels);
        Assert.Equal(new Int3(1, 1, 5), actual.Size);
        Assert.Equal(2f, row.Channels[0].Voxels[1]);
    }

    [Fact]
    public void Run_Versions_NormaliseBeforeOrAfterResampling()
    {
        Int3 size = new(6, 9, 7);
        VolumeGeometry geometry = new(size, new Spacing(2, 1, 1.5));
        float[] voxels = [.. SeededInput.Create("both orders", 1, size).Select(value => value + 10)];
        TrainingVolumes image = new([new Volume(geometry, voxels)], new LabelVolume(geometry));
        Int3 newSize = new(12, 9, 10);
        using WorkerPool pool = new(2);

        float[] before = [.. voxels];
        float[] expected = new float[newSize.Product];
        IntensityNormalization.Apply(before, NormalizationScheme.ZScore, default, null, pool);
        ImageResampler.Resample(before, size, expected, newSize, InterpolationOrder.Cubic, null, pool);
        Assert.Equal(expected, Run(NnunetVersion.V2, NormalizationScheme.ZScore));

        ImageResampler.Resample(voxels, size, expected, newSize, InterpolationOrder.Cubic, null, pool);
        IntensityNormalization.Apply(expected, NormalizationScheme.NonCt, default, null, pool);
        Assert.Equal(expected, Run(NnunetVersion.V1, NormalizationScheme.NonCt));

        float[] Run(NnunetVersion version, NormalizationScheme scheme)
        {
            PreprocessingRecipe recipe = ZScore with { Version = version, Channels = [new IntensityRule(scheme, UseMask: false, null)] };
            using PreprocessedVolumes actual = new TrainingPreprocessor(recipe, pool).Run(image);
            Assert.Equal(newSize, actual.Size);
            return actual.Channels[0].GetSpan().ToArray();
        }
    }

    [Fact]
    public void Run_Slices_KeepTheSpacingBetweenThem()
    {
        VolumeGeometry geometry = new(new Int3(4, 6, 3), new Spacing(1, 1, 5));
        float[] voxels = new float[72];
        voxels.AsSpan().Fill(1);
        PreprocessingRecipe recipe = ZScore with { Forward = new AxisPermutation(2, 0, 1), Spacing = [0.5, 2], Channels = [new IntensityRule(NormalizationScheme.None, false, null)] };
        using WorkerPool pool = new(1);
        using PreprocessedVolumes actual = new TrainingPreprocessor(recipe, pool).Run(new TrainingVolumes([new Volume(geometry, voxels)], new LabelVolume(geometry)));
        Assert.Equal(new Int3(3, 8, 3), actual.Size);
        Assert.Equal(new Spacing(5, 0.5, 2), actual.Properties.Spacing);
        Assert.Equal([2, 0, 1], actual.Properties.TransposeForward);
    }

    [Fact]
    public void Run_ImageOfZeros_IsKeptWholeByVersion2AndRefusedByVersion1()
    {
        TrainingVolumes zeros = Row([0, 0, 0], [0, 1, 0]);
        using WorkerPool pool = new(1);
        using PreprocessedVolumes actual = new TrainingPreprocessor(ZScore with { Channels = [new IntensityRule(NormalizationScheme.ZScore, false, null)] }, pool).Run(zeros);
        Assert.Equal([-1, 1, -1], actual.Labels);
        Assert.Throws<InvalidRequestException>(() => new TrainingPreprocessor(ZScore with { Version = NnunetVersion.V1 }, pool).Run(zeros));
    }

    [Fact]
    public void Run_UndeclaredLabel_NamesValueAndPlace()
    {
        using WorkerPool pool = new(1);
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(() => new TrainingPreprocessor(ZScore, pool).Run(Row([1, 1, 1], [0, 7, 0])));
        Assert.Contains("value 7 at (z, y, x) = (0, 0, 1)", error.Message);
    }

    [Fact]
    public void LocationClasses_EveryKindOfLabels_AreInTheReferencesOrder()
    {
        Assert.Equal([[3], [1]], Of("""{"0": "background", "3": "c", "1": "a"}""", NnunetVersion.V1));
        Assert.Equal([[1], [3]], Of("""{"background": 0, "c": 3, "a": 1}""", NnunetVersion.V2));
        Assert.Equal([[1], [2], [0, 1, 2]], Of("""{"background": 0, "b": 2, "a": 1, "ignore": 3}""", NnunetVersion.V2));
        Assert.Equal([[1, 2, 3], [2, 3], [3]], Of("""{"background": 0, "whole": [1, 2, 3], "core": [2, 3], "inner": 3}""", NnunetVersion.V2));
    }

    private static IReadOnlyList<IReadOnlyList<int>> Of(string labels, NnunetVersion version)
    {
        using Datasets.DatasetFiles files = new();
        files.Describe($$"""
            {"channel_names": {"0": "CT"}, "labels": {{labels}}, "numTraining": 1, "file_ending": ".nii.gz", "regions_class_order": [1, 2, 3],
             "training": [{"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"}]}
            """);
        return LocationClasses.Of(DatasetDescription.Read(files["dataset.json"]).Labels, version);
    }

    private static TrainingVolumes Row(float[] image, byte[] labels)
    {
        VolumeGeometry geometry = new(new Int3(1, 1, image.Length), new Spacing(1, 1, 1));
        return new TrainingVolumes([new Volume(geometry, image)], new LabelVolume(geometry, labels));
    }
}
