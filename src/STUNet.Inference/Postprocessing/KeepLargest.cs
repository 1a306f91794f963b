using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>
/// Of a label or region keeps the component with the most voxels (all of them where several are of that size) and sets the others to 0: nnU-Net's one kind of
/// postprocessing.
/// </summary>
/// <param name="What">The label or region.</param>
/// <param name="Neighbours">Which voxels touch.</param>
/// <param name="MinimumValidSize">Components of at least this many mm^3 are kept too; null to keep the largest only.</param>
public sealed record KeepLargest(LabelOrRegion What, VoxelNeighbours Neighbours, double? MinimumValidSize = null)
{
    /// <summary>Changes a label map in place.</summary>
    /// <param name="labels">The label map.</param>
    /// <returns>The sizes of what was kept and removed.</returns>
    /// <exception cref="InvalidRequestException">The background is among the labels.</exception>
    public ComponentSizes Apply(LabelVolume labels) => Apply(labels, LabelBoxes.Of(labels));

    /// <summary>Changes a label map in place.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="boxes">Boxes around its labels; they may be larger than needed.</param>
    internal ComponentSizes Apply(LabelVolume labels, LabelBoxes boxes)
    {
        if (What.Contains(0))
            throw new InvalidRequestException("The background cannot be postprocessed; take label 0 out of the list.");
        if (boxes.Around(What) is not { } box)
            return default;
        ConnectedComponents components = ConnectedComponents.Find(labels, box, What, Neighbours);
        if (components.Sizes.Count == 0)
            return default;
        Spacing spacing = labels.Geometry.Spacing;
        double volume = spacing.X * spacing.Y * spacing.Z;
        long largest = components.Sizes.Max();
        long removed = components.Sizes.Where(IsRemoved).DefaultIfEmpty().Max();
        if (removed > 0)
            components.Remove(labels, IsRemoved);
        return new ComponentSizes(largest * volume, removed > 0 ? removed * volume : null);

        bool IsRemoved(long voxels) => voxels != largest && (MinimumValidSize is not { } minimum || voxels * volume < minimum);
    }
}
