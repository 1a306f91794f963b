using System.Numerics;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>
/// How often each pair of labels meets in two label maps of one grid. One pass over the voxels answers for every label, region and ignore label.
/// </summary>
public sealed class LabelOverlap
{
    private readonly Dictionary<(uint Prediction, uint Reference), long> _voxels = [];

    private LabelOverlap()
    {
    }

    /// <summary>The labels that occur in either map, ascending.</summary>
    public IReadOnlyCollection<uint> Labels => new SortedSet<uint>(_voxels.Keys.SelectMany(pair => (uint[])[pair.Prediction, pair.Reference]));

    /// <summary>Counts the pairs.</summary>
    /// <param name="prediction">The label map to judge.</param>
    /// <param name="reference">The label map that is right; of the same size.</param>
    public static LabelOverlap Of(LabelVolume prediction, LabelVolume reference)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Size, reference.Size);
        LabelOverlap overlap = new();
        switch (prediction.BytesPerVoxel)
        {
            case 1:
                overlap.Count<byte>(prediction.As<byte>(), reference);
                break;
            case 2:
                overlap.Count<ushort>(prediction.As<ushort>(), reference);
                break;
            default:
                overlap.Count<uint>(prediction.As<uint>(), reference);
                break;
        }

        return overlap;
    }

    /// <summary>The voxels of a label or region.</summary>
    /// <param name="what">The label or region.</param>
    /// <param name="ignore">Voxels with this label in the reference do not count; null for none.</param>
    public OverlapCounts Counts(LabelOrRegion what, uint? ignore = null)
    {
        long truePositives = 0, falsePositives = 0, falseNegatives = 0, trueNegatives = 0;
        foreach (((uint prediction, uint reference), long voxels) in _voxels)
        {
            if (reference == ignore)
                continue;
            switch (what.Contains(prediction), what.Contains(reference))
            {
                case (true, true):
                    truePositives += voxels;
                    break;
                case (true, false):
                    falsePositives += voxels;
                    break;
                case (false, true):
                    falseNegatives += voxels;
                    break;
                default:
                    trueNegatives += voxels;
                    break;
            }
        }

        return new OverlapCounts(truePositives, falsePositives, falseNegatives, trueNegatives);
    }

    private void Count<TPrediction>(ReadOnlySpan<TPrediction> prediction, LabelVolume reference)
        where TPrediction : unmanaged, IBinaryInteger<TPrediction>
    {
        if (reference.BytesPerVoxel == 1)
            Count<TPrediction, byte>(prediction, reference.As<byte>());
        else if (reference.BytesPerVoxel == 2)
            Count<TPrediction, ushort>(prediction, reference.As<ushort>());
        else
            Count<TPrediction, uint>(prediction, reference.As<uint>());
    }

    // Neighbours mostly hold the same pair, so the table is touched once per run.
    private void Count<TPrediction, TReference>(ReadOnlySpan<TPrediction> prediction, ReadOnlySpan<TReference> reference)
        where TPrediction : unmanaged, IBinaryInteger<TPrediction>
        where TReference : unmanaged, IBinaryInteger<TReference>
    {
        int start = 0;
        for (int i = 1; i <= prediction.Length; i++)
        {
            if (i < prediction.Length && prediction[i] == prediction[start] && reference[i] == reference[start])
                continue;
            (uint, uint) pair = (uint.CreateTruncating(prediction[start]), uint.CreateTruncating(reference[start]));
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_voxels, pair, out _) += i - start;
            start = i;
        }
    }
}
