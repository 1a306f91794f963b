using System.Globalization;
using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.TestKit.Segmentation;

/// <summary>Two label maps of one volume: how often they agree, and how far apart they are from the labels that are right.</summary>
/// <param name="Voxels">All voxels.</param>
/// <param name="Different">Voxels with another label in the other map.</param>
/// <param name="Structures">Structures that the first map finds at all.</param>
/// <param name="DiceApart">The largest difference of the two maps' Dice of one structure.</param>
public sealed record LabelComparison(long Voxels, long Different, int Structures, double DiceApart)
{
    /// <summary>The least share of equal labels that computing with fewer bits, or in another order, may leave.</summary>
    public const double LeastAgreement = 0.999;

    /// <summary>How far apart the Dice of a structure may be.</summary>
    public const double MostDiceApart = 0.005;

    /// <summary>Share of the voxels whose labels are equal.</summary>
    public double Agreement => 1 - ((double)Different / Voxels);

    /// <summary>What is beyond a bar, in one sentence; null where both are met.</summary>
    public string? Failure => Structures == 0 ? "no structure was found that could be compared"
        : Agreement < LeastAgreement ? string.Create(CultureInfo.InvariantCulture, $"{Different} of {Voxels} labels differ: {100 * Agreement:F4} % agree, {100 * LeastAgreement} % must")
        : DiceApart > MostDiceApart ? string.Create(CultureInfo.InvariantCulture, $"the Dice of a structure is {DiceApart:F5} apart, at most {MostDiceApart} is allowed")
        : null;

    /// <summary>Compares.</summary>
    /// <param name="one">A label map.</param>
    /// <param name="other">The other one, of the same size.</param>
    /// <param name="truth">The labels that are right, of the same size, or <paramref name="one"/>. Structures are its labels above 0.</param>
    public static LabelComparison Of(LabelVolume one, LabelVolume other, LabelVolume truth)
    {
        LabelOverlap pairs = LabelOverlap.Of(one, other);
        LabelOverlap first = LabelOverlap.Of(one, truth);
        LabelOverlap second = LabelOverlap.Of(other, truth);
        LabelOrRegion[] structures = [.. first.Labels.Where(label => label > 0).Select(LabelOrRegion.Label).Where(structure => first.Counts(structure).Reference > 0)];
        long equal = pairs.Labels.Sum(label => pairs.Counts(LabelOrRegion.Label(label)).TruePositives);
        double apart = structures.Select(structure => Math.Abs(first.Counts(structure).Dice - second.Counts(structure).Dice)).DefaultIfEmpty().Max();
        return new LabelComparison(one.Size.Product, one.Size.Product - equal, structures.Count(structure => first.Counts(structure).TruePositives > 0), apart);
    }
}
