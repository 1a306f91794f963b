using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>
/// Poolings and kernels nnU-Net gives a network for a spacing and a patch, in two or three dimensions: axes are pooled while they stay at least
/// four voxels long, coarse axes later than fine ones.
/// </summary>
/// <param name="PoolsPerAxis">Halvings of every axis.</param>
/// <param name="Poolings">Stride into every stage; the first entry is all ones.</param>
/// <param name="Kernels">Kernel of every stage's convolutions.</param>
/// <param name="PatchSize">The patch, padded to what the poolings divide.</param>
/// <param name="Divisor">What every axis of a patch must be divisible by.</param>
public sealed record NetworkTopology(
    ImmutableArray<int> PoolsPerAxis,
    ImmutableArray<ImmutableArray<int>> Poolings,
    ImmutableArray<ImmutableArray<int>> Kernels,
    ImmutableArray<int> PatchSize,
    ImmutableArray<int> Divisor)
{
    private const int MinEdge = 4;
    private const double SameResolution = 2;

    /// <summary>Number of resolutions.</summary>
    public int Stages => Poolings.Length;

    /// <summary>Finds the topology.</summary>
    /// <param name="spacing">Spacing per axis, mm.</param>
    /// <param name="patch">Voxels per axis; may be fractional, as a median is.</param>
    public static NetworkTopology Of(ReadOnlySpan<double> spacing, ReadOnlySpan<double> patch)
    {
        double[] currentSpacing = spacing.ToArray();
        double[] size = patch.ToArray();
        int[] pools = new int[size.Length];
        int[] kernel = [.. size.Select(_ => 1)];
        int[] axes = [.. Enumerable.Range(0, size.Length)];
        ImmutableArray<ImmutableArray<int>>.Builder poolings = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        ImmutableArray<ImmutableArray<int>>.Builder kernels = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        poolings.Add([.. axes.Select(_ => 1)]);
        while (AxesToPool(currentSpacing, size) is { Length: > 0 } pooled)
        {
            double finest = currentSpacing.Min();
            foreach (int axis in axes.Where(axis => currentSpacing[axis] / finest < SameResolution))
                kernel[axis] = 3;
            kernels.Add([.. kernel]);
            poolings.Add([.. axes.Select(axis => pooled.Contains(axis) ? 2 : 1)]);
            foreach (int axis in pooled)
            {
                pools[axis]++;
                currentSpacing[axis] *= 2;
                size[axis] = Math.Ceiling(size[axis] / 2);
            }
        }

        kernels.Add([.. axes.Select(_ => 3)]);
        ImmutableArray<int> divisor = [.. pools.Select(count => 1 << count)];
        ImmutableArray<int>.Builder padded = ImmutableArray.CreateBuilder<int>(size.Length);
        for (int axis = 0; axis < size.Length; axis++)
            padded.Add((int)(Math.Ceiling(patch[axis] / divisor[axis]) * divisor[axis]));
        return new NetworkTopology([.. pools], poolings.ToImmutable(), kernels.ToImmutable(), padded.ToImmutable(), divisor);
    }

    /// <summary>The axes to halve next; none when the network is deep enough.</summary>
    private static int[] AxesToPool(double[] spacing, double[] size)
    {
        int[] longEnough = [.. Enumerable.Range(0, size.Length).Where(axis => size[axis] >= 2 * MinEdge)];
        if (longEnough.Length == 0)
            return [];
        double finest = longEnough.Min(axis => spacing[axis]);
        int[] pooled = [.. longEnough.Where(axis => spacing[axis] / finest < SameResolution)];
        return pooled is [int alone] && size[alone] < 3 * MinEdge ? [] : pooled;
    }
}
