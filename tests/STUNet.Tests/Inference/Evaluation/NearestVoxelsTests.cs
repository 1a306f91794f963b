using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>The distance transform against the distances to all voxels.</summary>
public sealed class NearestVoxelsTests
{
    [Theory]
    [InlineData(1, 1, 9, 0.3, 1, 1, 1)]
    [InlineData(7, 1, 5, 0.2, 3, 0.5, 1.7)]
    [InlineData(9, 11, 13, 0.02, 2.5, 0.8, 0.9)]
    [InlineData(9, 11, 13, 0.5, 1, 1, 1)]
    [InlineData(4, 17, 6, 0.005, 0.1, 7, 0.3)]
    public void Distances_RandomVoxels_EqualBruteForce(int d, int h, int w, double share, double z, double y, double x)
    {
        Int3 size = new(d, h, w);
        Spacing spacing = new(z, y, x);
        Random random = new(20240117);
        byte[] from = Voxels(random, size, share);
        byte[] to = Voxels(random, size, share);
        byte[] both = [.. from.Zip(to).Select(pair => (byte)(pair.First | (2 * pair.Second)))];
        double[] expected = [.. Positions(from, size).Select(a => Positions(to, size).Min(b => Distance(a, b, spacing)))];
        double[][] runs = [.. new[] { 1, 3 }.Select(threads =>
        {
            using WorkerPool workers = new(threads);
            return NearestVoxels.Distances(both, 1, 2, size, spacing, new int[both.Length], workers);
        })];
        Assert.Equal(runs[0], runs[1]);
        Assert.Equal(expected.Length, runs[0].Length);
        // Several voxels may be nearest, at distances that differ in the last bits.
        Assert.All(expected.Zip(runs[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * pair.First));
    }

    private static byte[] Voxels(Random random, Int3 size, double share)
    {
        byte[] voxels = [.. Enumerable.Range(0, (int)size.Product).Select(_ => random.NextDouble() < share ? (byte)1 : (byte)0)];
        voxels[random.Next(voxels.Length)] = 1;
        return voxels;
    }

    private static Int3[] Positions(byte[] voxels, Int3 size) =>
        [.. Enumerable.Range(0, voxels.Length).Where(i => voxels[i] != 0).Select(i => new Int3(i / (size.H * size.W), i / size.W % size.H, i % size.W))];

    private static double Distance(Int3 a, Int3 b, Spacing spacing) => Math.Sqrt(Enumerable.Range(0, 3).Sum(axis => Math.Pow((a[axis] - b[axis]) * spacing[axis], 2)));
}
