using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Labels are exact: the tolerance stays below one. Where every weight of the sampling is a multiple of 1/8, means are levels of 1/8 and sums of weights powers of two, so that every value is exact in any
/// order and ties, of which there are many, are ties. Elsewhere means are arbitrary: two classes are nearer to each other than the rounding of a value in none of these voxels.
/// </summary>
public sealed class ResampledArgMaxCases : IOpCases
{
    /// <summary>A case of two turns for a checker that interprets kernels.</summary>
    public static OpCase Tiny => Levels(33, new(2, 3, 4), new(4, 3, 8), padding: 1);

    /// <inheritdoc/>
    public Type OpType => typeof(ResampledArgMaxOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            // Classes around a turn of the kernel, with and without padding; labels of two bytes.
            foreach (int classes in (int[])[1, 2, 3, 31, 32, 33, 64, 105, 256, 257, 300])
                yield return Levels(classes, new(3, 4, 5), new(6, 8, 10), padding: classes % 3);

            // Nothing is resampled, along an axis or at all; coarser; as many planes as one.
            foreach (Int3 export in (Int3[])[new(4, 6, 12), new(8, 6, 12), new(4, 12, 12), new(4, 6, 24), new(2, 3, 6), new(1, 6, 48), new(16, 3, 12)])
                yield return Levels(7, new(4, 6, 12), export);
            yield return Levels(5, new(1, 1, 1), new(4, 4, 4));

            // Rows of several tiles, up to a hundred network columns from voxel to voxel.
            yield return Levels(9, new(2, 1, 150), new(2, 1, 300));
            yield return Levels(9, new(2, 2, 260), new(4, 4, 260));
            yield return Levels(9, new(1, 2, 300), new(1, 2, 150));
            yield return Levels(9, new(1, 2, 400), new(1, 2, 4));

            // NaN gives class 0 wherever it enters with a weight.
            yield return Levels(40, new(4, 6, 12), new(4, 3, 24), nanEvery: 997);
            yield return Means(105, new(5, 7, 9), new(7, 5, 13));
            yield return Means(36, new(7, 5, 6), new(3, 9, 17));
            yield return Means(4, new(3, 2, 200), new(4, 3, 333));
            yield return Means(4, new(3, 2, 333), new(4, 3, 100));
            yield return Means(6, new(5, 7, 9), new(13, 11, 14), InterpolationOrder.Nearest);
            yield return Means(105, new(8, 180, 180), new(16, 256, 256), slices: 8) with { IsBenchmark = true };
        }
    }

    private static OpCase Levels(int classes, Int3 network, Int3 export, int padding = 0, int nanEvery = 0) => Case(
        classes, network, export, padding, InterpolationOrder.Linear, export.D,
        (random, weight) => MathF.Floor((random + 1) * 4) / 8 * weight,
        random => MathF.Pow(2, MathF.Floor(random * 2)),
        nanEvery);

    private static OpCase Means(int classes, Int3 network, Int3 export, InterpolationOrder alongZ = InterpolationOrder.Linear, int? slices = null) => Case(
        classes, network, export, padding: 2, alongZ, slices ?? export.D, (random, weight) => (random + 1) * weight, random => 1.25f + (random * 0.75f), nanEvery: 0);

    /// <summary>All but the first and last slices of the export grid, from a ring that begins in its middle and within a padded volume.</summary>
    private static OpCase Case(
        int classes, Int3 network, Int3 export, int padding, InterpolationOrder alongZ, int slices, Func<float, float, float> sumOf, Func<float, float> weightOf, int nanEvery)
    {
        AxisSampling[] sampling =
            [AxisSampling.Create(alongZ, network.D, export.D), AxisSampling.Linear(network.H, export.H), AxisSampling.Linear(network.W, export.W)];
        int channels = classes + 1 + padding;
        Int3 origin = new(3, 2, 1);
        Int3 volume = new(network.D, network.H + 3, network.W + 2);
        int first = slices > 2 ? 1 : 0;
        return new OpCase(new ResampledArgMaxOp(classes, network, slices), [.. sampling.Select(axis => new TensorDesc(new Shape(1, 1, 1, ResampledArgMaxOp.TableRows, axis.OutputSize)))])
        {
            Values = axis => SamplingTable.Of(sampling[axis]),
            Window = new WindowCase(origin, FlipAxes.None, volume, network.D, channels, Weight: 1)
            {
                FirstSlice = first,
                SliceCount = slices - (2 * first),
                Sums = () => Sums(volume, classes, channels, sumOf, weightOf, nanEvery),
            },
        };
    }

    // Padding behind the weight is NaN.
    private static float[] Sums(Int3 volume, int classes, int channels, Func<float, float, float> sumOf, Func<float, float> weightOf, int nanEvery)
    {
        float[] values = OpCase.Uniform(volume.Product * channels, $"resampled {volume} {classes}");
        for (int voxel = 0; voxel < values.Length; voxel += channels)
        {
            float weight = weightOf(values[voxel + classes]);
            for (int c = 0; c < classes; c++)
                values[voxel + c] = nanEvery > 0 && (voxel + c) % nanEvery == 0 ? float.NaN : sumOf(values[voxel + c], weight);
            values[voxel + classes] = weight;
            values.AsSpan(voxel + classes + 1, channels - classes - 1).Fill(float.NaN);
        }

        return values;
    }
}
