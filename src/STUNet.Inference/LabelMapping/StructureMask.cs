using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>A label or region of a label map as a map of 0 and 1.</summary>
public static class StructureMask
{
    /// <summary>The organs of the AbdomenAtlas models, class i + 1, by the names their masks are written under.</summary>
    public static IReadOnlyList<string> AbdomenAtlasNames { get; } =
        ["aorta", "gallbladder", "IVC", "left_kidney", "liver", "pancreas", "right_kidney", "spleen", "stomach"];

    /// <summary>Makes the map; all 0 where the label does not occur.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="what">The label or region.</param>
    public static LabelVolume Of(LabelVolume labels, LabelOrRegion what)
    {
        byte[] mask = new byte[labels.Size.Product];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = what.Contains(labels[i]) ? (byte)1 : (byte)0;
        return new LabelVolume(labels.Geometry, mask);
    }
}
