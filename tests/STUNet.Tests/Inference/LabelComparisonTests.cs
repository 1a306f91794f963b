using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit.Segmentation;

namespace STUNet.Tests.Inference;

/// <summary>What the GPU tests and the bundle judge label maps by, on maps counted by hand.</summary>
public sealed class LabelComparisonTests
{
    /// <summary>Of ten voxels one differs. The three voxels of structure 1: Dice 6/6 and 4/5; those of structure 2: 4/5 and 4/6.</summary>
    [Fact]
    public void Of_OneVoxelApart_CountsItAndTheWorstStructure()
    {
        LabelVolume truth = Map(0, 0, 0, 0, 1, 1, 1, 2, 2, 2);
        LabelComparison comparison = LabelComparison.Of(Map(0, 0, 0, 0, 1, 1, 1, 2, 2, 0), Map(0, 0, 0, 0, 1, 1, 2, 2, 2, 0), truth);
        Assert.Equal((10, 1, 2), (comparison.Voxels, comparison.Different, comparison.Structures));
        Assert.Equal(0.9, comparison.Agreement, 1e-12);
        Assert.Equal(1 - (4.0 / 5), comparison.DiceApart, 1e-12);
        Assert.Contains("1 of 10 labels differ: 90.0000 % agree, 99.9 % must", comparison.Failure);
    }

    [Fact]
    public void Failure_SmallStructureApart_IsNamedThoughTheVoxelsAgree()
    {
        byte[] one = new byte[4000];
        one.AsSpan(0, 20).Fill(3);
        byte[] other = [.. one];
        other[0] = 0;
        LabelComparison comparison = LabelComparison.Of(Map(one), Map(other), Map(one));
        Assert.Contains("the Dice of a structure is 0.02564 apart, at most 0.005", comparison.Failure); // 1 - 2 * 19 / 39
        Assert.Null(LabelComparison.Of(Map(one), Map(one), Map(one)).Failure);
    }

    [Fact]
    public void Failure_NothingFound_IsOne()
    {
        Assert.Contains("no structure", LabelComparison.Of(Map(0, 0), Map(0, 0), Map(0, 1)).Failure);
    }

    private static LabelVolume Map(params byte[] labels) => new(new VolumeGeometry(new Int3(1, 1, labels.Length), new Spacing(1, 1, 1)), labels);
}
