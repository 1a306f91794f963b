using System.Collections.Immutable;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

/// <summary>Check values of the training reference, section 11.</summary>
public sealed class NetworkTopologyTests
{
    [Theory]
    [InlineData("1.5 1.5 1.5", "128 128 128", "1,1,1 2,2,2 2,2,2 2,2,2 2,2,2 2,2,2", "128 128 128", "32 32 32")]
    [InlineData("3 0.8 0.8", "64 192 192", "1,1,1 1,2,2 2,2,2 2,2,2 2,2,2 2,2,2", "64 192 192", "16 32 32")]
    [InlineData("10 1.5 1.5", "10 256 224", "1,1,1 1,2,2 1,2,2 2,2,2 1,2,2 1,2,2", "10 256 224", "2 32 32")]
    [InlineData("1 1 1", "100 90 77", "1,1,1 2,2,2 2,2,2 2,2,2 2,2,2", "112 96 80", "16 16 16")]
    [InlineData("1 1", "7 7", "1,1", "7 7", "1 1")]
    public void Of_SpacingAndPatch_PoolsAsNnunet(string spacing, string patch, string poolings, string padded, string divisor)
    {
        NetworkTopology topology = NetworkTopology.Of(Numbers(spacing), Numbers(patch));
        Assert.Equal(poolings, string.Join(' ', topology.Poolings.Select(stride => string.Join(',', stride))));
        Assert.Equal(padded, string.Join(' ', topology.PatchSize));
        Assert.Equal(divisor, string.Join(' ', topology.Divisor));
        Assert.Equal(topology.Stages, topology.Kernels.Length);
    }

    [Fact]
    public void Of_CoarseAxis_HasFlatKernelsFirst()
    {
        NetworkTopology topology = NetworkTopology.Of([3, 0.8, 0.8], [64, 192, 192]);
        Assert.Equal([1, 3, 3], topology.Kernels[0]);
        Assert.All(topology.Kernels.Skip(1), kernel => Assert.Equal([3, 3, 3], kernel));
    }

    [Fact]
    public void FeatureMapEstimate_PublishedExample_Equals()
    {
        NetworkTopology topology = NetworkTopology.Of([1.5, 1.5, 1.5], [128, 128, 128]);
        Assert.Equal(452_796_416, FeatureMapEstimate.Of(topology.PatchSize, topology.Poolings, labels: 3, baseFeatures: 32, maxFeatures: 320));
        // One stage: two convolutions of 32 channels, and neither decoder nor logits.
        ImmutableArray<ImmutableArray<int>> single = [[1, 1]];
        Assert.Equal(2 * 32 * 49, FeatureMapEstimate.Of([7, 7], single, labels: 3, baseFeatures: 32, maxFeatures: 512));
    }

    private static double[] Numbers(string text) => [.. text.Split(' ').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
