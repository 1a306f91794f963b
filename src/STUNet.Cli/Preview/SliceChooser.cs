using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>
/// Chooses the slices of a preview: along each axis the one with the largest sum over structures of the share of the structure that lies in it, so
/// that small structures count as much as large ones.
/// </summary>
internal static class SliceChooser
{
    /// <summary>The position along each anatomical axis; the middle where nothing is labelled.</summary>
    public static int[] Choose(LabelVolume labels, AnatomicalAxes axes)
    {
        int values = checked((int)labels.Largest() + 1);
        int[][,] voxels = [.. Enumerable.Range(0, 3).Select(axis => new int[axes.Count(axis), values])];
        Span<int> at = stackalloc int[3];
        for (at[2] = 0; at[2] < axes.Count(2); at[2]++)
        {
            for (at[1] = 0; at[1] < axes.Count(1); at[1]++)
            {
                for (at[0] = 0; at[0] < axes.Count(0); at[0]++)
                {
                    uint label = labels[axes.Index(at)];
                    for (int axis = 0; axis < 3 && label != 0; axis++)
                        voxels[axis][at[axis], label]++;
                }
            }
        }

        return [.. voxels.Select(counts => Best(counts))];
    }

    private static int Best(int[,] counts)
    {
        int slices = counts.GetLength(0);
        double[] shares = new double[slices];
        for (int label = 1; label < counts.GetLength(1); label++)
        {
            long total = Enumerable.Range(0, slices).Sum(slice => (long)counts[slice, label]);
            for (int slice = 0; slice < slices && total > 0; slice++)
                shares[slice] += (double)counts[slice, label] / total;
        }

        double best = shares.Max();
        return best > 0 ? Array.IndexOf(shares, best) : slices / 2;
    }
}
