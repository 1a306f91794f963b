using System.Text.Json;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

public sealed class DeepSupervisionTests
{
    private const string File = "targets/pyramids.safetensors";

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(File).CaseNames);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Targets_GoldenCase_MatchReference(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement parameters = file.Case(name);
        GoldenTensor labels = file.Tensor($"{name}.seg");
        NnunetVersion version = parameters.GetProperty("version").GetInt32() == 1 ? NnunetVersion.V1 : NnunetVersion.V2;
        Int3[] strides = AugmentationGolden.Strides(parameters.GetProperty("strides"));
        double[][] scales = DeepSupervision.Scales(strides, version);
        Close(parameters.GetProperty("scales").EnumerateArray().SelectMany(scale => scale.EnumerateArray()), scales.SelectMany(scale => scale));
        Close(parameters.GetProperty("weights").EnumerateArray(), DeepSupervision.Weights(scales.Length));

        LabelRegions? regions = AugmentationGolden.Regions(parameters);
        short[] values = AugmentationGolden.Labels(labels);
        if (regions is not null)
        {
            short[] maps = new short[regions.Count * values.Length];
            regions.Convert(values, maps);
            AugmentationGolden.Equal(file.Tensor($"{name}.regions"), maps, ties: null);
        }

        TargetGolden.AssertTargets(file, name, new DeepSupervisionTargets(labels.Shape.Spatial(), strides, version, regions), values);
    }

    [Fact]
    public void Write_Halved_TakesOddVoxels()
    {
        DeepSupervisionTargets targets = new(new Int3(1, 1, 8), [new(1, 1, 1), new(1, 1, 2), new(1, 1, 2)], NnunetVersion.V2);
        using AugmentationScratch scratch = new();
        short[] half = new short[4];
        targets.Write([0, 1, 2, 3, 4, 5, 6, 7], 1, half, scratch);
        Assert.Equal([1, 3, 5, 7], half);
    }

    [Fact]
    public void Weights_OfFive_AreHalvedAndEndWithZero() =>
        Assert.Equal([8 / 15.0, 4 / 15.0, 2 / 15.0, 1 / 15.0, 0], DeepSupervision.Weights(5));

    [Fact]
    public void Constructor_PatchSmallerThanStrides_SaysSo()
    {
        Int3[] strides = [new(1, 1, 1), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2)];
        InvalidRequestException error = Assert.Throws<InvalidRequestException>(() => new DeepSupervisionTargets(new Int3(4, 8, 8), strides, NnunetVersion.V2));
        Assert.Contains("4x8x8", error.Message, StringComparison.Ordinal);
    }

    private static void Close(IEnumerable<JsonElement> expected, IEnumerable<double> actual) =>
        Assert.All(expected.Zip(actual, (wanted, found) => (Wanted: wanted.GetDouble(), Found: found)), pair =>
            Assert.Equal(pair.Wanted, pair.Found, 1e-9 * Math.Abs(pair.Wanted)));
}
