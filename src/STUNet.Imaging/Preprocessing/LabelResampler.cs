using System.Numerics;
using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Resizes a label map as nnU-Net does. Order 1: the 0/1 mask of every label is interpolated linearly and the label written where the mask
/// reaches 0.5, labels ascending, so the larger one wins a tie of two halves and voxels no label reaches become 0.
/// </summary>
public static class LabelResampler
{
    /// <summary>Resizes a label map. Equal sizes copy the labels.</summary>
    /// <typeparam name="T">An integer type.</typeparam>
    /// <param name="source">The labels, C order (z, y, x).</param>
    /// <param name="size">Their size.</param>
    /// <param name="target">Receives the resized labels; must not overlap the source.</param>
    /// <param name="newSize">The size to make.</param>
    /// <param name="order">Nearest or linear.</param>
    /// <param name="separateAxis">Null to interpolate in 3D, else the axis (0 = z) along which the nearest plane is taken.</param>
    /// <param name="pool">The workers.</param>
    public static void Resample<T>(
        ReadOnlyMemory<T> source, Int3 size, Memory<T> target, Int3 newSize, InterpolationOrder order, int? separateAxis, WorkerPool pool)
        where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, size.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, newSize.Product);
        if (size == newSize)
        {
            source.CopyTo(target);
            return;
        }

        AxisSampling[] axes = [.. Enumerable.Range(0, 3).Select(axis =>
            AxisSampling.Create(axis == separateAxis ? InterpolationOrder.Nearest : order, size[axis], newSize[axis]))];
        pool.Run(newSize.D, z => ResamplePlane(source.Span, size, target.Span.Slice(z * newSize.H * newSize.W, newSize.H * newSize.W), axes, z));
    }

    /// <summary>The largest label whose weights sum to at least a half, else 0: what writing labels in ascending order leaves.</summary>
    /// <typeparam name="T">An integer type.</typeparam>
    /// <param name="corner">The labels of the corners.</param>
    /// <param name="weight">Their weights, added in this order.</param>
    public static T Vote<T>(ReadOnlySpan<T> corner, ReadOnlySpan<double> weight)
        where T : unmanaged, IBinaryInteger<T>
    {
        T winner = T.Zero;
        bool found = false;
        for (int i = 0; i < corner.Length; i++)
        {
            if (found && corner[i] <= winner)
                continue;
            double sum = 0;
            for (int j = 0; j < corner.Length; j++)
                sum += corner[j] == corner[i] ? weight[j] : 0;
            if (sum >= 0.5)
                (winner, found) = (corner[i], true);
        }

        return winner;
    }

    private static void ResamplePlane<T>(ReadOnlySpan<T> source, Int3 size, Span<T> target, AxisSampling[] axes, int z)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<T> corner = stackalloc T[8];
        Span<double> weight = stackalloc double[8];
        (AxisSampling along, AxisSampling down, AxisSampling across) = (axes[0], axes[1], axes[2]);
        for (int y = 0; y < down.OutputSize; y++)
        {
            for (int x = 0; x < across.OutputSize; x++)
            {
                bool uniform = true;
                for (int i = 0; i < 8; i++)
                {
                    int at = ((((i & 4) == 0 ? along.Lower[z] : along.Upper[z]) * size.H) + ((i & 2) == 0 ? down.Lower[y] : down.Upper[y])) * size.W
                        + ((i & 1) == 0 ? across.Lower[x] : across.Upper[x]);
                    corner[i] = source[at];
                    uniform &= corner[i] == corner[0];
                }

                if (uniform)
                {
                    target[y * across.OutputSize + x] = corner[0];
                    continue;
                }

                // Products and their sum in the reference's order (axes 0, 1, 2; corners row by row), because rounding decides near-ties.
                for (int i = 0; i < 8; i++)
                {
                    weight[i] = ((i & 4) == 0 ? along.LowerWeight[z] : along.UpperWeight[z])
                        * ((i & 2) == 0 ? down.LowerWeight[y] : down.UpperWeight[y])
                        * ((i & 1) == 0 ? across.LowerWeight[x] : across.UpperWeight[x]);
                }

                target[y * across.OutputSize + x] = Vote(corner, weight);
            }
        }
    }
}
