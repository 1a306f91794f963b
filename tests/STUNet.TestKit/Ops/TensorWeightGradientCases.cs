using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Problems of the weight gradient by tiles. They straddle its tiles: 64 and 128 rows of taps and channels, 32, 64 and 128 output channels, steps of 32 voxels, chunks of 8
/// channels, parts of 16 steps; operands of fewer than 8 channels, which are gathered.
/// </summary>
public static class TensorWeightGradientCases
{
    private static readonly Int3 K111 = Int3.One;
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Int3 S111 = Int3.One;
    private static readonly Int3 S222 = new(2, 2, 2);

    /// <summary>All, float32.</summary>
    public static IEnumerable<OpCase> All => [.. Tiles(), .. KernelsAndStrides(), .. TwoSources(), .. FewChannels(), .. Parts()];

    /// <summary>Two for a checker that takes seconds for thousands of products: two sources and every border, and one of few channels.</summary>
    public static IEnumerable<OpCase> Tiny =>
    [
        Conv3dWeightGradientCases.Case(2, 8, 9, new(1, 3, 4), new(1, 3, 1), new(1, 1, 2), second: 9, new(1, 2, 1)),
        Conv3dWeightGradientCases.Case(1, 1, 9, new(3, 3, 4), new(1, 3, 3), S111),
    ];

    private static IEnumerable<OpCase> Tiles()
    {
        foreach ((int Voxels, int Ic, int Oc) size in ((int, int, int)[])[(1, 8, 8), (31, 16, 31), (32, 31, 32), (33, 32, 33), (63, 33, 63), (64, 64, 64), (65, 40, 65)])
            yield return Conv3dWeightGradientCases.Case(1, size.Ic, size.Oc, new(1, 1, size.Voxels), new(1, 1, 3), S111);
        foreach (int channels in (int[])[127, 128, 129])
        {
            yield return Conv3dWeightGradientCases.Case(1, channels, 24, new(2, 2, 3), K111, S111);
            yield return Conv3dWeightGradientCases.Case(1, 24, channels, new(2, 2, 3), K111, S111);
        }

        yield return Conv3dWeightGradientCases.Case(3, 24, 20, new(3, 5, 5), K333, S111);
    }

    private static IEnumerable<OpCase> KernelsAndStrides()
    {
        foreach (Int3 kernel in (Int3[])[K111, new(1, 3, 3), K333, new(5, 3, 1)])
        {
            foreach (Int3 stride in (Int3[])[S111, S222, new(1, 2, 2), new(2, 1, 1)])
                yield return Conv3dWeightGradientCases.Case(2, 9, 18, new(5, 6, 7), kernel, stride);
        }
    }

    private static IEnumerable<OpCase> TwoSources()
    {
        foreach (Int3 factor in (Int3[])[Int3.One, S222, new(1, 2, 2), new(3, 1, 2)])
        {
            yield return Conv3dWeightGradientCases.Case(2, 9, 17, new(2, 3, 4), K333, S111, second: 24, factor);
            yield return Conv3dWeightGradientCases.Case(1, 33, 8, new(2, 3, 4), K111, S222, second: 8, factor);
            yield return Conv3dWeightGradientCases.Case(1, 40, 5, new(2, 3, 4), new(1, 3, 3), S111, second: 0, factor);
        }
    }

    private static IEnumerable<OpCase> FewChannels()
    {
        foreach (int channels in (int[])[1, 2, 3, 4])
            yield return Conv3dWeightGradientCases.Case(2, channels, 33, new(4, 5, 7), K333, S111);
        yield return Conv3dWeightGradientCases.Case(2, 1, 66, new(4, 5, 7), K333, S222);
        yield return Conv3dWeightGradientCases.Case(1, 1, 3, new(4, 5, 7), K111, S111);
        yield return Conv3dWeightGradientCases.Case(1, 16, 2, new(4, 5, 7), K111, S111);
        yield return Conv3dWeightGradientCases.Case(1, 2, 16, new(2, 3, 4), K333, S111, second: 9, S222);
    }

    private static IEnumerable<OpCase> Parts()
    {
        yield return Conv3dWeightGradientCases.Case(2, 17, 9, new(7, 9, 11), new(1, 1, 3), S111);
        yield return Conv3dWeightGradientCases.Case(1, 1, 16, new(13, 9, 11), K333, S111);
    }
}
