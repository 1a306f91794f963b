using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>Overlap of two label maps: 2 |A and B| / (|A| + |B|) per label.</summary>
internal static class DiceScores
{
    /// <summary>The score of each label that one of the two has, background left out.</summary>
    /// <param name="truth">One label map.</param>
    /// <param name="prediction">The other, of the same size.</param>
    public static IReadOnlyDictionary<uint, double> Of(LabelVolume truth, LabelVolume prediction)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Size, truth.Size);
        long[] sizes = new long[Math.Max(truth.Largest(), prediction.Largest()) + 1];
        long[] common = new long[sizes.Length];
        int voxels = checked((int)truth.Size.Product);
        for (int i = 0; i < voxels; i++)
        {
            sizes[truth[i]]++;
            sizes[prediction[i]]++;
            if (truth[i] == prediction[i])
                common[truth[i]]++;
        }

        return Enumerable.Range(1, sizes.Length - 1)
            .Where(label => sizes[label] > 0)
            .ToDictionary(label => (uint)label, label => 2.0 * common[label] / sizes[label]);
    }
}
