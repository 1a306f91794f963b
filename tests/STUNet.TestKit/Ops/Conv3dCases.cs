using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Problems of the convolution. The sizes straddle every tile of the CPU kernels: segments of 2 and 4 columns, 3 segments a tile, 64 columns a
/// strip, vectors of 4, 8, 16 and blocks of 24 and 32 output channels, the input channel blocks that the kernel size gives, and Winograd's tiles of
/// 2 and 4 with their chunks of 24.
/// </summary>
public sealed class Conv3dCases : IOpCases
{
    private static readonly Int3 K111 = Int3.One;
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Int3 S111 = Int3.One;
    private static readonly Int3 S222 = new(2, 2, 2);

    /// <inheritdoc/>
    public Type OpType => typeof(Conv3dOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
        [.. Columns(), .. OutputChannels(), .. InputChannels(), .. KernelsAndStrides(), .. TwoSources(), .. Norms(), .. Tiles(), .. ChannelsFirst(), .. Spatial(), .. StuNetLayers(32), .. StuNetLayers(16)];

    /// <summary>One problem.</summary>
    /// <param name="batch">Batch.</param>
    /// <param name="ic">Channels of the first source.</param>
    /// <param name="oc">Output channels.</param>
    /// <param name="size">Size of the first source (z, y, x).</param>
    /// <param name="kernel">Kernel (z, y, x).</param>
    /// <param name="stride">Stride (z, y, x).</param>
    /// <param name="second">Channels of the second source, 0 for none.</param>
    /// <param name="factor">Upsampling factor of the first source, null for none.</param>
    /// <param name="fused">Turns the plain op into one with norms or statistics, null for the plain one.</param>
    public static OpCase Case(
        int batch, int ic, int oc, Int3 size, Int3 kernel, Int3 stride, int second = 0, Int3? factor = null, Func<Conv3dOp, Conv3dOp>? fused = null)
    {
        int sources = second > 0 ? 2 : 1;
        Conv3dOp op = new(kernel, stride, sources, factor ?? Int3.One);
        op = fused?.Invoke(op) ?? op;
        List<TensorDesc> inputs = [new(new Shape(batch, ic, size))];
        if (second > 0)
            inputs.Add(new(new Shape(batch, second, op.VirtualSize(size))));
        inputs.Add(new(new Shape(oc, ic + second, kernel), Layout.NCDHW));
        inputs.Add(new(Shape.Channels(oc), Layout.NCDHW));
        if (op.NormalisedSourceSlope is not null)
            inputs.AddRange(Norm(batch, ic));
        if (op.NormalisedAddendSlope is not null)
        {
            Conv3dOp plain = new(kernel, stride, sources, op.FirstSourceFactor);
            inputs.Add(plain.InferOutput([.. inputs.Take(plain.InputCount)]));
            inputs.AddRange(Norm(batch, oc));
        }

        return new OpCase(op, inputs)
        {
            Parameters = [.. Enumerable.Range(0, inputs.Count).Where(op.IsParameter)],
            Terms = (int)((ic + second) * kernel.Product),
            // (x - mean) * rstd * gamma + beta stays below 3, and adds up to 3 roundings of its own.
            Magnitude = op.NormalisedSourceSlope is null && op.NormalisedAddendSlope is null ? 1 : 3,
        };
    }

    private static TensorDesc[] Norm(int batch, int channels) =>
        [new(new Shape(batch, channels, 2, 1, 1)), new(Shape.Channels(channels), Layout.NCDHW), new(Shape.Channels(channels), Layout.NCDHW)];

    private static IEnumerable<OpCase> Columns()
    {
        foreach (int width in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 24, 25])
            yield return Case(1, 3, 32, new(2, 3, width), K333, S111);
        foreach (int width in (int[])[63, 64, 65, 129])
            yield return Case(1, 2, 17, new(1, 2, width), K333, S111);
        foreach (int width in (int[])[23, 24, 25, 127, 128, 129, 130])
            yield return Case(1, 5, 16, new(1, 3, width), K333, S222);
    }

    private static IEnumerable<OpCase> OutputChannels() =>
        ((int[])[1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 48, 49, 64, 65, 105]).Select(oc => Case(1, 5, oc, new(3, 2, 5), K333, S111));

    private static IEnumerable<OpCase> InputChannels()
    {
        foreach (int ic in (int[])[1, 2, 3, 4, 6, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100])
            yield return Case(1, ic, 33, new(2, 3, 6), K333, S111);
        foreach (int ic in (int[])[1, 7, 95, 96, 97, 511, 513])
            yield return Case(2, ic, 19, new(2, 2, 3), K111, S111);
        // Partial sums that wait in outputs narrower than a vector, and in rows that end within a segment.
        foreach (int oc in (int[])[1, 2, 3, 20])
        {
            yield return Case(1, 70, oc, new(2, 3, 12), K333, S111);
            yield return Case(1, 40, oc, new(2, 3, 5), K333, S111);
        }

        foreach (int ic in (int[])[1, 33, 97])
            yield return Case(1, ic, 9, new(3, 4, 5), new(1, 3, 3), new(1, 2, 2));
    }

    private static IEnumerable<OpCase> KernelsAndStrides()
    {
        Int3[] kernels = [K111, new(1, 3, 3), K333, new(5, 3, 1), new(1, 1, 5), new(3, 1, 7)];
        Int3[] strides = [S111, S222, new(1, 2, 2), new(1, 1, 2), new(2, 1, 1)];
        foreach (Int3 kernel in kernels)
        {
            foreach (Int3 stride in strides)
                yield return Case(2, 6, 18, new(5, 6, 7), kernel, stride);
        }
    }

    private static IEnumerable<OpCase> TwoSources()
    {
        Int3 small = new(2, 3, 4);
        foreach (Int3 factor in (Int3[])[Int3.One, S222, new(1, 2, 2), new(1, 1, 2), new(3, 1, 2)])
        {
            yield return Case(2, 5, 17, small, K333, S111, second: 3, factor);
            yield return Case(1, 6, 8, small, K111, S111, second: 7, factor);
            yield return Case(1, 4, 11, small, K333, S222, second: 0, factor);
            yield return Case(1, 9, 33, small, new(1, 3, 3), new(1, 2, 2), second: 1, factor);
        }

        yield return Case(1, 31, 32, new(2, 3, 3), K333, S111, second: 33);
        yield return Case(1, 37, 32, new(2, 2, 3), K333, S111, second: 30, S222);
        yield return Case(1, 1, 3, new(2, 2, 33), K333, S111, second: 1, S222);
    }

    private static IEnumerable<OpCase> Spatial()
    {
        foreach (Int3 size in (Int3[])[new(1, 1, 1), new(2, 2, 1), new(1, 1, 2), new(1, 5, 1), new(9, 1, 1), new(2, 2, 2)])
        {
            yield return Case(1, 40, 24, size, K333, S111);
            yield return Case(2, 9, 10, size, K333, S222);
        }

        yield return Case(1, 2, 8, new(17, 19, 5), K333, S111);
        yield return Case(3, 2, 4, new(33, 9, 3), K333, S222);
        yield return Case(2, 1, 16, new(12, 13, 14), K333, S111);
    }

    /// <summary>
    /// Norms on load, statistics and addends in the epilogue, alone and together. Outputs have a standard deviation of 1 or more, so the reciprocal
    /// one errs less than they do.
    /// </summary>
    private static IEnumerable<OpCase> Norms()
    {
        Int3 size = new(5, 6, 7);
        Func<Conv3dOp, Conv3dOp> normalised = op => op with { NormalisedSourceSlope = 0.01f };
        Func<Conv3dOp, Conv3dOp> measured = op => op with { StatisticsEpsilon = 1e-5f };
        Func<Conv3dOp, Conv3dOp> both = op => op with { NormalisedSourceSlope = 0.25f, StatisticsEpsilon = 1e-5f };
        Func<Conv3dOp, Conv3dOp> added = op => op with { NormalisedAddendSlope = 0.01f };
        Func<Conv3dOp, Conv3dOp> all = op => op with { NormalisedSourceSlope = 1f, NormalisedAddendSlope = 0.01f, StatisticsEpsilon = 1e-5f };
        foreach (Func<Conv3dOp, Conv3dOp> fused in (Func<Conv3dOp, Conv3dOp>[])[normalised, measured, both, added, all])
        {
            foreach (int channels in (int[])[3, 5, 8, 16, 33])
                yield return Case(2, channels, channels + 1, size, K333, S111, fused: fused);
            yield return Case(2, 17, 33, size, new(1, 3, 3), S111, fused: fused);
            yield return Case(1, 20, 41, size, K333, S222, fused: fused);
            yield return Case(2, 40, 9, size, K111, new(1, 2, 2), fused: fused);
            yield return Case(1, 80, 16, new(3, 4, 65), K333, S111, fused: fused);
            yield return Case(1, 600, 32, new(2, 4, 5), K111, S111, fused: fused);
        }

        foreach (Func<Conv3dOp, Conv3dOp> fused in (Func<Conv3dOp, Conv3dOp>[])[measured, added])
        {
            yield return Case(2, 17, 18, new(2, 3, 4), K333, S111, second: 16, S222, fused);
            yield return Case(2, 17, 40, new(2, 3, 4), K111, S111, second: 16, S222, fused);
        }
    }

    private static IEnumerable<OpCase> ChannelsFirst()
    {
        Func<Conv3dOp, Conv3dOp> turned = op => op with { OutputLayout = Layout.NCDHW };
        foreach (int classes in (int[])[1, 2, 3, 4, 17, 105])
            yield return Case(2, 19, classes, new(3, 5, 7), K111, S111, fused: turned);
        foreach (int width in (int[])[1, 3, 16, 63, 64, 65, 1100])
            yield return Case(1, 6, 7, new(1, 2, width), K111, S111, fused: turned);
        yield return Case(1, 3, 70, new(16, 64, 64), K111, S111, fused: turned); // stored past the caches
    }

    /// <summary>Grids of tiles: more than a chunk along x, chunks that end within a row or a sample, enough chunks for workers of their own.</summary>
    private static IEnumerable<OpCase> Tiles()
    {
        yield return Case(2, 16, 16, new(3, 5, 71), K333, S111);
        yield return Case(3, 16, 33, new(6, 7, 5), K333, S111);
        yield return Case(2, 17, 16, new(2, 9, 66), new(1, 3, 3), S111, second: 16);
        yield return Case(1, 16, 16, new(10, 18, 71), K333, S111, fused: op => op with { NormalisedSourceSlope = 0.01f, StatisticsEpsilon = 1e-5f });
        yield return Case(1, 9, 9, new(64, 64, 80), new(1, 3, 3), S111, fused: op => op with { StatisticsEpsilon = 1e-5f }); // stored past the caches
        yield return Case(1, 203, 197, new(3, 4, 5), K333, S111, fused: op => op with { StatisticsEpsilon = 1e-5f }); // too many weights to keep transformed
        yield return Case(1, 40, 9, new(5, 9, 36), K333, S111, second: 41, S222);
    }

    /// <summary>
    /// The distinct convolutions of STU-Net with the published plan's strides, 2x2x2 four times and 1x1x2 last; upsampling with its 1x1x1 before it,
    /// never materialised, and concatenation as two sources. The further blocks of a stage in L and H repeat these.
    /// </summary>
    /// <param name="width">Channels of the first stage: 16 in S, 32 in B, 64 in L, 96 in H.</param>
    /// <param name="patch">Size of the image (z, y, x); 128x128x128 where null.</param>
    /// <param name="classes">Outputs of the head.</param>
    public static IEnumerable<OpCase> StuNetLayers(int width, Int3? patch = null, int classes = 105)
    {
        Int3[] strides = [S222, S222, S222, S222, new(1, 1, 2)];
        List<OpCase> layers = [];
        Int3 whole = patch ?? new(128, 128, 128);
        Int3 size = whole;
        int channels = width;
        layers.AddRange([Case(1, 1, width, size, K333, S111), Case(1, width, width, size, K333, S111), Case(1, 1, width, size, K111, S111)]);
        foreach (Int3 stride in strides)
        {
            int next = Math.Min(channels * 2, 16 * width);
            Int3 below = Int3.From(axis => size[axis] / stride[axis]);
            layers.AddRange([Case(1, channels, next, size, K333, stride), Case(1, next, next, below, K333, S111), Case(1, channels, next, size, K111, stride)]);
            layers.AddRange([
                Case(1, next, channels, below, K111, S111),
                Case(1, channels, channels, below, K333, S111, second: channels, stride),
                Case(1, channels, channels, below, K111, S111, second: channels, stride)]);
            (size, channels) = (below, next);
        }

        layers.Add(Case(1, width, classes, whole, K111, S111));
        return layers.DistinctBy(layer => layer.Name).Select(layer => layer with { IsBenchmark = true });
    }
}
