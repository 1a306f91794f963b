using System.Numerics;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>Counts of one validation batch, from what the full-resolution head predicts and its target.</summary>
public static class BatchCounts
{
    private const int ChunkVoxels = 1 << 14;

    /// <summary>Counts classes.</summary>
    /// <typeparam name="T">Type of a label.</typeparam>
    /// <param name="predicted">[N, voxels], the class that a voxel is predicted to be of; 0 is the background.</param>
    /// <param name="target">[N, voxels], labels.</param>
    /// <param name="classes">K.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="ignore">Voxels with this label do not count; null for none. v2 only.</param>
    /// <returns>One entry per foreground class.</returns>
    public static ClassCounts[] OfClasses<T>(ReadOnlyMemory<byte> predicted, ReadOnlyMemory<T> target, int classes, WorkerPool workers, int? ignore = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, target.Length);
        T? ignored = ignore is { } label ? T.CreateChecked(label) : null;
        return Sum(samples: 1, target.Length, classes - 1, workers, (_, start, count, counts) =>
        {
            ReadOnlySpan<byte> found = predicted.Span.Slice(start, count);
            ReadOnlySpan<T> labels = target.Span.Slice(start, count);
            for (int i = 0; i < count; i++)
            {
                if (ignored is not null && labels[i] == ignored)
                    continue;
                int there = int.CreateChecked(labels[i]);
                if (there == found[i])
                {
                    if (there > 0)
                        counts[there - 1] += new ClassCounts(1, 0, 0);
                    continue;
                }

                if (found[i] > 0)
                    counts[found[i] - 1] += new ClassCounts(0, 1, 0);
                if (there > 0)
                    counts[there - 1] += new ClassCounts(0, 0, 1);
            }
        });
    }

    /// <summary>Counts regions (v2).</summary>
    /// <typeparam name="T">Type of a target.</typeparam>
    /// <param name="predicted">[N, R, voxels], 0 for voxels that are predicted to be outside of the region.</param>
    /// <param name="target">[N, R, voxels] of 0 and 1; with <paramref name="hasIgnore"/> [N, R + 1, voxels].</param>
    /// <param name="samples">N.</param>
    /// <param name="regions">R.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="hasIgnore">Whether the target's last channel is 1 at voxels that do not count.</param>
    /// <returns>One entry per region.</returns>
    public static ClassCounts[] OfRegions<T>(
        ReadOnlyMemory<byte> predicted, ReadOnlyMemory<T> target, int samples, int regions, WorkerPool workers, bool hasIgnore = false)
        where T : unmanaged, INumber<T>
    {
        int voxels = predicted.Length / (samples * regions);
        int channels = hasIgnore ? regions + 1 : regions;
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, (long)samples * channels * voxels);
        return Sum(samples, voxels, regions, workers, (sample, start, count, counts) =>
        {
            for (int region = 0; region < regions; region++)
            {
                ReadOnlySpan<byte> found = predicted.Span.Slice((((sample * regions) + region) * voxels) + start, count);
                ReadOnlySpan<T> there = target.Span.Slice((((sample * channels) + region) * voxels) + start, count);
                ReadOnlySpan<T> ignored = hasIgnore ? target.Span.Slice((((sample * channels) + regions) * voxels) + start, count) : default;
                for (int i = 0; i < count; i++)
                {
                    if (hasIgnore && ignored[i] != T.Zero)
                        continue;
                    bool isThere = there[i] != T.Zero;
                    bool isPredicted = found[i] != 0;
                    counts[region] += new ClassCounts(isThere && isPredicted ? 1 : 0, !isThere && isPredicted ? 1 : 0, isThere && !isPredicted ? 1 : 0);
                }
            }
        });
    }

    private delegate void CountChunk(int sample, int start, int count, ClassCounts[] counts);

    // Whole numbers add up to the same whatever the order.
    private static ClassCounts[] Sum(int samples, int voxels, int classes, WorkerPool workers, CountChunk count)
    {
        int chunks = (voxels + ChunkVoxels - 1) / ChunkVoxels;
        ClassCounts[] sum = new ClassCounts[classes];
        workers.Run(samples * chunks, piece =>
        {
            ClassCounts[] counts = new ClassCounts[classes];
            int start = piece % chunks * ChunkVoxels;
            count(piece / chunks, start, Math.Min(ChunkVoxels, voxels - start), counts);
            lock (sum)
            {
                for (int i = 0; i < classes; i++)
                    sum[i] += counts[i];
            }
        });
        return sum;
    }
}
