using System.Numerics;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>Counts of one validation batch, from the logits of the full-resolution head (N, K, voxels) and its target.</summary>
public static class BatchCounts
{
    private const int ChunkVoxels = 1 << 14;

    /// <summary>Counts classes: a voxel is predicted to be of the class with the largest logit, the first of equals.</summary>
    /// <typeparam name="T">Type of a label.</typeparam>
    /// <param name="logits">[N, K, voxels], class 0 the background.</param>
    /// <param name="target">[N, voxels], labels.</param>
    /// <param name="samples">N.</param>
    /// <param name="classes">K.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="ignore">Voxels with this label do not count; null for none. v2 only.</param>
    /// <returns>One entry per foreground class.</returns>
    public static ClassCounts[] OfClasses<T>(
        ReadOnlyMemory<float> logits, ReadOnlyMemory<T> target, int samples, int classes, WorkerPool workers, int? ignore = null)
        where T : unmanaged, INumber<T>
    {
        int voxels = target.Length / samples;
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, (long)samples * classes * voxels);
        T? ignored = ignore is { } label ? T.CreateChecked(label) : null;
        return Sum(samples, voxels, classes - 1, workers, (sample, start, count, counts) =>
        {
            ReadOnlySpan<float> scores = logits.Span.Slice(sample * classes * voxels, classes * voxels);
            ReadOnlySpan<T> labels = target.Span.Slice(sample * voxels, voxels);
            Span<float> best = stackalloc float[256];
            Span<int> predicted = stackalloc int[256];
            for (int from = start; from < start + count; from += best.Length)
            {
                int length = Math.Min(best.Length, start + count - from);
                Largest(scores, voxels, classes, from, best[..length], predicted);
                for (int i = 0; i < length; i++)
                {
                    T right = labels[from + i];
                    if (ignored is not null && right == ignored)
                        continue;
                    int there = int.CreateChecked(right);
                    if (there == predicted[i])
                    {
                        if (there > 0)
                            counts[there - 1] += new ClassCounts(1, 0, 0);
                        continue;
                    }

                    if (predicted[i] > 0)
                        counts[predicted[i] - 1] += new ClassCounts(0, 1, 0);
                    if (there > 0)
                        counts[there - 1] += new ClassCounts(0, 0, 1);
                }
            }
        });
    }

    /// <summary>Counts regions (v2): a voxel is predicted to be in every region whose logit is above 0.</summary>
    /// <typeparam name="T">Type of a target.</typeparam>
    /// <param name="logits">[N, R, voxels].</param>
    /// <param name="target">[N, R, voxels] of 0 and 1; with <paramref name="hasIgnore"/> [N, R + 1, voxels].</param>
    /// <param name="samples">N.</param>
    /// <param name="regions">R.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="hasIgnore">Whether the target's last channel is 1 at voxels that do not count.</param>
    /// <returns>One entry per region.</returns>
    public static ClassCounts[] OfRegions<T>(
        ReadOnlyMemory<float> logits, ReadOnlyMemory<T> target, int samples, int regions, WorkerPool workers, bool hasIgnore = false)
        where T : unmanaged, INumber<T>
    {
        int voxels = logits.Length / (samples * regions);
        int channels = hasIgnore ? regions + 1 : regions;
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, (long)samples * channels * voxels);
        return Sum(samples, voxels, regions, workers, (sample, start, count, counts) =>
        {
            for (int region = 0; region < regions; region++)
            {
                ReadOnlySpan<float> scores = logits.Span.Slice((((sample * regions) + region) * voxels) + start, count);
                ReadOnlySpan<T> there = target.Span.Slice((((sample * channels) + region) * voxels) + start, count);
                ReadOnlySpan<T> ignored = hasIgnore ? target.Span.Slice((((sample * channels) + regions) * voxels) + start, count) : default;
                for (int i = 0; i < count; i++)
                {
                    if (hasIgnore && ignored[i] != T.Zero)
                        continue;
                    bool isThere = there[i] != T.Zero;
                    bool isPredicted = scores[i] > 0;
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

    private static void Largest(ReadOnlySpan<float> scores, int voxels, int classes, int from, Span<float> best, Span<int> predicted)
    {
        scores.Slice(from, best.Length).CopyTo(best);
        predicted[..best.Length].Clear();
        for (int k = 1; k < classes; k++)
        {
            ReadOnlySpan<float> ofClass = scores.Slice((k * voxels) + from, best.Length);
            for (int i = 0; i < best.Length; i++)
            {
                if (ofClass[i] > best[i])
                    (best[i], predicted[i]) = (ofClass[i], k);
            }
        }
    }
}
