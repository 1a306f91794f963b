using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class GaussianMapTests
{
    /// <summary>The published one-dimensional factors, sigma = patch / 8, printed with eight digits.</summary>
    [Theory]
    [InlineData(16, new[] { 3.3546263e-04, 2.1874911e-03, 1.1108997e-02, 4.3936934e-02, 1.3533528e-01, 3.2465247e-01, 6.0653066e-01, 8.8249690e-01, 1.0 })]
    [InlineData(10, new[] { 3.3546263e-04, 5.9760229e-03, 5.6134763e-02, 2.7803730e-01, 7.2614904e-01, 1.0, 7.2614904e-01, 2.7803730e-01, 5.6134763e-02 })]
    public void Create_OneLongAxis_IsThePublishedFactor(int patch, double[] expected)
    {
        // The other axes have one voxel: their factor is 1.
        float[] map = GaussianMap.Create(new Int3(1, 1, patch));
        Assert.Equal(patch, map.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(map[i] / expected[i], 1 - 1e-7, 1 + 1e-7);
    }

    [Fact]
    public void Create_PublishedPatch_HasThePublishedValues()
    {
        float[] map = GaussianMap.Create(new Int3(128, 128, 128));
        Assert.InRange(map[0] / 3.7751344e-11, 1 - 1e-6, 1 + 1e-6);
        Assert.InRange(map[^1] / 7.945269e-11, 1 - 1e-6, 1 + 1e-6);
        Assert.Equal(1, map[(((64 * 128) + 64) * 128) + 64]);
        Assert.InRange(map[(((64 * 128) + 64) * 128) + 65], 0.99804875f, 0.99804885f);
    }
}
