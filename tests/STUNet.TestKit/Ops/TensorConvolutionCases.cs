using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Problems of the convolution by tiles. They straddle its tiles: 64 and 128 voxels, 32, 64 and 128 channels, steps of 32 channels (16 of TF32), chunks of 8, of which a step takes four, of several taps where there are fewer;
/// sums long enough to be split; sources of fewer than 8 channels, which are gathered.
/// </summary>
public static class TensorConvolutionCases
{
    private static readonly Int3 K111 = Int3.One;
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Int3 S111 = Int3.One;
    private static readonly Int3 S222 = new(2, 2, 2);

    /// <summary>All, float32.</summary>
    public static IEnumerable<OpCase> All => [.. Tiles(), .. KernelsAndStrides(), .. TwoSources(), .. FewChannels(), .. Split(), .. Upsampled(), .. Boxes(), .. Measured()];

    /// <summary>Two for a checker that takes seconds for thousands of products: two sources and every border, and one of few channels.</summary>
    public static IEnumerable<OpCase> Tiny =>
    [
        Conv3dCases.Case(2, 8, 9, new(1, 2, 2), new(1, 3, 1), new(1, 1, 2), second: 9, new(1, 2, 1), op => op with { StatisticsEpsilon = 1e-5f }),
        Conv3dCases.Case(1, 1, 9, new(2, 2, 3), new(1, 3, 3), S111),
    ];

    /// <summary>One each of the families of tiles that take no other: of whose upsampled source several taps read one voxel, and whose taps share a box of voxels.</summary>
    public static IReadOnlyList<(string Family, OpCase Case)> TinyOfFamilies { get; } =
    [
        ("Upsampled", Conv3dCases.Case(2, 8, 9, new(1, 2, 2), new(1, 3, 3), S111, second: 9, new(1, 2, 1), op => op with { StatisticsEpsilon = 1e-5f })),
        ("Halo", Conv3dCases.Case(1, 40, 9, new(1, 3, 9), new(1, 3, 3), S111, fused: op => op with { StatisticsEpsilon = 1e-5f })),
        ("HaloNarrow", Conv3dCases.Case(1, 7, 9, new(2, 3, 3), new(3, 1, 3), S111)),
    ];

    /// <summary>What boxes are for, for long tests: all taps of several slabs, of so many voxels that tiles of rows would not split the sum.</summary>
    public static OpCase ManyVoxels => Conv3dCases.Case(1, 33, 8, new(16, 16, 17), K333, S111);

    private static IEnumerable<OpCase> Tiles()
    {
        foreach ((int Voxels, int Ic, int Oc) size in ((int, int, int)[])[(1, 8, 8), (63, 16, 31), (64, 31, 32), (65, 32, 33), (127, 33, 63), (128, 64, 64), (129, 40, 65)])
            yield return Conv3dCases.Case(1, size.Ic, size.Oc, new(1, 1, size.Voxels), new(1, 1, 3), S111);
        foreach (int channels in (int[])[127, 128, 129])
            yield return Conv3dCases.Case(1, 24, channels, new(2, 2, 3), K111, S111);
        // One, two and three chunks a tap: a step of four goes on by taps and rows of taps.
        foreach (int channels in (int[])[8, 16, 24])
            yield return Conv3dCases.Case(3, channels, 20, new(3, 5, 5), K333, S111);
    }

    private static IEnumerable<OpCase> KernelsAndStrides()
    {
        foreach (Int3 kernel in (Int3[])[K111, new(1, 3, 3), K333, new(5, 3, 1)])
        {
            foreach (Int3 stride in (Int3[])[S111, S222, new(1, 2, 2), new(2, 1, 1)])
                yield return Conv3dCases.Case(2, 9, 18, new(5, 6, 7), kernel, stride);
        }
    }

    private static IEnumerable<OpCase> TwoSources()
    {
        foreach (Int3 factor in (Int3[])[Int3.One, S222, new(1, 2, 2), new(3, 1, 2)])
        {
            yield return Conv3dCases.Case(2, 9, 17, new(2, 3, 4), K333, S111, second: 24, factor);
            yield return Conv3dCases.Case(1, 33, 8, new(2, 3, 4), K111, S222, second: 8, factor);
            yield return Conv3dCases.Case(1, 40, 5, new(2, 3, 4), new(1, 3, 3), S111, second: 0, factor);
        }
    }

    private static IEnumerable<OpCase> FewChannels()
    {
        foreach (int channels in (int[])[1, 2, 3, 4])
            yield return Conv3dCases.Case(2, channels, 33, new(4, 5, 7), K333, S111);
        yield return Conv3dCases.Case(2, 1, 66, new(4, 5, 7), K333, S222);
        yield return Conv3dCases.Case(1, 1, 3, new(4, 5, 7), K111, S111);
        yield return Conv3dCases.Case(1, 16, 2, new(4, 5, 7), K111, S111);
        yield return Conv3dCases.Case(1, 2, 16, new(2, 3, 4), K333, S111, second: 9, S222);
    }

    private static IEnumerable<OpCase> Split()
    {
        yield return Conv3dCases.Case(1, 96, 40, new(2, 2, 2), K333, S111);
        // Nine chunks a tap: parts begin within one.
        yield return Conv3dCases.Case(1, 72, 9, new(2, 2, 2), K333, S111);
        yield return Conv3dCases.Case(2, 64, 9, new(3, 3, 3), K333, S222, second: 33);
    }

    /// <summary>Whose taps share voxels: one and two chunks a tap, few and many voxels of a phase, factors that are no powers of two, taps beyond one voxel, one source, sums in parts that begin in either source.</summary>
    private static IEnumerable<OpCase> Upsampled()
    {
        yield return Conv3dCases.Case(2, 16, 20, new(2, 3, 5), K333, S111, second: 8, S222);
        yield return Conv3dCases.Case(1, 8, 17, new(3, 4, 3), new(5, 3, 1), S111, second: 16, new(2, 1, 3));
        yield return Conv3dCases.Case(1, 33, 9, new(3, 5, 5), K333, S111, factor: S222);
        yield return Conv3dCases.Case(1, 96, 40, new(2, 2, 2), K333, S111, second: 64, S222);
        yield return Conv3dCases.Case(1, 96, 9, new(2, 2, 2), K333, S111, second: 40, new(3, 1, 2));
        yield return Conv3dCases.Case(2, 9, 18, new(3, 5, 5), new(3, 1, 3), S111, second: 16, S222, op => op with { StatisticsEpsilon = 1e-5f });
    }

    /// <summary>Volumes that end within boxes of 4 x 4 x 8 voxels along each axis, of one or more slabs of channels, the last a part.</summary>
    private static IEnumerable<OpCase> Boxes()
    {
        yield return Conv3dCases.Case(2, 8, 9, new(5, 6, 9), K333, S111, fused: op => op with { StatisticsEpsilon = 1e-5f });
        yield return Conv3dCases.Case(1, 5, 33, new(4, 5, 17), new(3, 1, 3), S111);
        yield return Conv3dCases.Case(1, 7, 20, new(9, 4, 8), new(1, 3, 3), S111);
        yield return Conv3dCases.Case(2, 70, 40, new(3, 5, 9), new(1, 3, 3), S111, fused: op => op with { StatisticsEpsilon = 1e-5f });
        yield return Conv3dCases.Case(1, 40, 20, new(5, 4, 9), new(3, 1, 3), S111);
    }

    /// <summary>With statistics of the output. Its standard deviation is 1 or more, so the reciprocal one errs less than it does.</summary>
    private static IEnumerable<OpCase> Measured()
    {
        Func<Conv3dOp, Conv3dOp> measured = op => op with { StatisticsEpsilon = 1e-5f };
        yield return Conv3dCases.Case(2, 17, 33, new(5, 6, 7), new(1, 3, 3), S111, fused: measured);
        yield return Conv3dCases.Case(1, 10, 64, new(4, 4, 8), new(1, 3, 3), S111, fused: measured);
        yield return Conv3dCases.Case(2, 3, 9, new(5, 6, 7), new(1, 3, 3), S111, fused: measured);
        yield return Conv3dCases.Case(2, 9, 18, new(2, 3, 4), new(3, 1, 1), S111, second: 16, S222, measured);
    }
}
