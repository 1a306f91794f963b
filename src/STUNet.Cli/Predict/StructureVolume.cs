using System.Globalization;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>One structure of a label map.</summary>
/// <param name="Label">Its label value.</param>
/// <param name="Name">Its name; the value where it has none.</param>
/// <param name="Voxels">Voxels with this label.</param>
/// <param name="Millilitres">Their volume.</param>
internal sealed record StructureVolume(uint Label, string Name, long Voxels, double Millilitres)
{
    private const double CubicMillimetresPerMillilitre = 1000;

    /// <summary>The structures present in a label map, by label value, background left out.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="names">Names of label values.</param>
    public static IReadOnlyList<StructureVolume> Of(LabelVolume labels, IReadOnlyDictionary<int, string> names)
    {
        long[] counts = labels.Counts();
        Spacing spacing = labels.Geometry.Spacing;
        double millilitres = spacing.Z * spacing.Y * spacing.X / CubicMillimetresPerMillilitre;
        return
        [
            .. Enumerable.Range(1, counts.Length - 1)
                .Where(label => counts[label] > 0)
                .Select(label => new StructureVolume((uint)label, NameOf(label, names), counts[label], counts[label] * millilitres)),
        ];
    }

    public static string NameOf(int label, IReadOnlyDictionary<int, string> names) =>
        names.TryGetValue(label, out string? name) ? name : $"label {label.ToString(CultureInfo.InvariantCulture)}";
}
