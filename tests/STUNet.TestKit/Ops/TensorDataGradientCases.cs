using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Problems of the data gradient by tiles. They straddle its tiles: 64 and 128 voxels of a phase, 32, 64 and 128 source channels, steps of 32 output channels (16
/// of TF32); phases that no output reads, of sizes that differ by one, or without a voxel; sums long enough to be split; gradients of fewer than 8 channels, which are gathered.
/// </summary>
public static class TensorDataGradientCases
{
    private static readonly Int3 K111 = Int3.One;
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Int3 S111 = Int3.One;
    private static readonly Int3 S222 = new(2, 2, 2);

    /// <summary>All, float32.</summary>
    public static IEnumerable<OpCase> All => [.. Tiles(), .. KernelsAndStrides(), .. FewChannels(), .. Split()];

    /// <summary>Two for a checker that takes seconds for thousands of products: strides and every border, and one of few channels.</summary>
    public static IEnumerable<OpCase> Tiny =>
    [
        Conv3dDataGradientCases.Case(2, 9, 9, new(1, 3, 3), new(1, 3, 1), new(1, 2, 2)),
        Conv3dDataGradientCases.Case(1, 9, 2, new(2, 2, 3), new(1, 3, 3), new(1, 1, 2)),
    ];

    private static IEnumerable<OpCase> Tiles()
    {
        foreach ((int Voxels, int Ic, int Oc) size in ((int, int, int)[])[(1, 8, 8), (63, 31, 16), (64, 32, 31), (65, 33, 32), (127, 63, 33), (128, 64, 64), (129, 65, 40)])
        {
            yield return Conv3dDataGradientCases.Case(1, size.Ic, size.Oc, new(1, 1, size.Voxels), new(1, 1, 3), S111);
            yield return Conv3dDataGradientCases.Case(1, size.Ic, size.Oc, new(1, 1, 2 * size.Voxels), new(1, 1, 3), new(1, 1, 2));
        }

        foreach (int channels in (int[])[127, 128, 129])
            yield return Conv3dDataGradientCases.Case(1, channels, 24, new(2, 2, 3), K111, S111);
        foreach (int channels in (int[])[8, 16, 24])
            yield return Conv3dDataGradientCases.Case(3, 20, channels, new(3, 5, 5), K333, S111);
    }

    private static IEnumerable<OpCase> KernelsAndStrides()
    {
        foreach (Int3 kernel in (Int3[])[K111, new(1, 3, 3), K333, new(5, 3, 1)])
        {
            foreach (Int3 stride in (Int3[])[S111, S222, new(1, 2, 2), new(2, 1, 1)])
                yield return Conv3dDataGradientCases.Case(2, 18, 9, new(5, 6, 7), kernel, stride);
        }

        yield return Conv3dDataGradientCases.Case(2, 10, 9, new(1, 1, 2), K333, S222);
    }

    private static IEnumerable<OpCase> FewChannels()
    {
        foreach (int channels in (int[])[1, 2, 3, 4])
            yield return Conv3dDataGradientCases.Case(2, 33, channels, new(4, 5, 7), K333, S111);
        yield return Conv3dDataGradientCases.Case(2, 17, 3, new(4, 5, 7), K333, S222);
        yield return Conv3dDataGradientCases.Case(1, 3, 1, new(4, 5, 7), K111, new(1, 2, 2));
        yield return Conv3dDataGradientCases.Case(1, 2, 16, new(4, 5, 7), K111, S111);
    }

    private static IEnumerable<OpCase> Split()
    {
        yield return Conv3dDataGradientCases.Case(1, 40, 96, new(2, 2, 2), K333, S111);
        yield return Conv3dDataGradientCases.Case(2, 9, 160, new(3, 3, 3), K333, S222);
    }
}
