using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// Intensities drawn with replacement, kept as distinct values with their counts: nnU-Net draws 100 million per data set, most of them the same few
/// thousand values.
/// </summary>
internal sealed class IntensityDraws
{
    private const int Block = 4096;
    private readonly float[] _values;
    private readonly int[] _counts;

    private IntensityDraws(float[] values, int[] counts) => (_values, _counts) = (values, counts);

    /// <summary>Draws from the foreground of one channel.</summary>
    /// <param name="foreground">Its voxels; without any nothing is drawn.</param>
    /// <param name="count">Number of draws.</param>
    /// <param name="random">The case's generator, which goes on from channel to channel.</param>
    public static IntensityDraws Of(ReadOnlySpan<float> foreground, int count, NumpyRandom random)
    {
        if (foreground.IsEmpty)
            return new IntensityDraws([], []);
        int[] hits = new int[foreground.Length];
        Span<int> positions = stackalloc int[Block];
        for (int left = count; left > 0; left -= Block)
        {
            Span<int> block = positions[..Math.Min(left, Block)];
            random.NextBounded((uint)foreground.Length - 1, block);
            foreach (int position in block)
                hits[position]++;
        }

        return Sorted(foreground.ToArray(), hits);
    }

    /// <summary>The statistics of all draws of one channel; null without any.</summary>
    /// <param name="cases">The draws of every case.</param>
    public static IntensityProperties? Statistics(IEnumerable<IntensityDraws> cases)
    {
        IntensityDraws[] parts = [.. cases];
        IntensityDraws all = Sorted([.. parts.SelectMany(part => part._values)], [.. parts.SelectMany(part => part._counts)]);
        long[] upTo = new long[all._counts.Length];
        long total = 0;
        double sum = 0;
        for (int i = 0; i < upTo.Length; i++)
        {
            upTo[i] = total += all._counts[i];
            sum += (double)all._values[i] * all._counts[i];
        }

        if (total == 0)
            return null;
        double mean = sum / total;
        double squares = 0;
        for (int i = 0; i < upTo.Length; i++)
            squares += (all._values[i] - mean) * (all._values[i] - mean) * all._counts[i];
        double Ranked(long rank)
        {
            int at = Array.BinarySearch(upTo, rank + 1);
            return all._values[at < 0 ? ~at : at];
        }

        return new IntensityProperties(
            mean, Math.Sqrt(squares / total), (Ranked((total - 1) / 2) + Ranked(total / 2)) / 2, all._values[0], all._values[^1],
            OrderStatistics.Percentile(total, Ranked, 0.5), OrderStatistics.Percentile(total, Ranked, 99.5));
    }

    /// <summary>Sorts by value and joins equal ones; values never drawn are dropped. Takes the arrays over.</summary>
    private static IntensityDraws Sorted(float[] values, int[] counts)
    {
        int drawn = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (counts[i] > 0)
                (values[drawn], counts[drawn++]) = (values[i], counts[i]);
        }

        Array.Sort(values, counts, 0, drawn);
        int last = -1;
        for (int i = 0; i < drawn; i++)
        {
            if (last >= 0 && values[last] == values[i])
                counts[last] = checked(counts[last] + counts[i]);
            else
                (values[++last], counts[last]) = (values[i], counts[i]);
        }

        return new IntensityDraws(values[..(last + 1)], counts[..(last + 1)]);
    }
}
