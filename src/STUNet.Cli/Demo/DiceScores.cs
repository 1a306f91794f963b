using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>Overlap of two label maps: 2 |A and B| / (|A| + |B|) per label.</summary>
internal static class DiceScores
{
    /// <summary>The score of each label that one of the two has, background left out.</summary>
    /// <param name="truth">One label map.</param>
    /// <param name="prediction">The other, of the same size.</param>
    public static IReadOnlyDictionary<uint, double> Of(LabelVolume truth, LabelVolume prediction)
    {
        LabelOverlap overlap = LabelOverlap.Of(prediction, truth);
        return overlap.Labels.Where(label => label > 0).ToDictionary(label => label, label => overlap.Counts(LabelOrRegion.Label(label)).Dice);
    }
}
