using System.Collections.Immutable;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>What a model does to its label maps at the end: a list of steps, one after another on the changing map.</summary>
/// <param name="Version">By whose rules.</param>
/// <param name="Steps">The steps; may be empty.</param>
public sealed record LabelPostprocessing(NnunetVersion Version, ImmutableArray<KeepLargest> Steps)
{
    /// <summary>Which voxels touch by the rules of a version.</summary>
    /// <param name="version">The version.</param>
    public static VoxelNeighbours NeighboursOf(NnunetVersion version) => version == NnunetVersion.V1 ? VoxelNeighbours.Faces : VoxelNeighbours.All;

    /// <summary>Changes a label map in place.</summary>
    /// <param name="labels">The label map.</param>
    public void Apply(LabelVolume labels)
    {
        if (Steps.IsEmpty)
            return;
        // Voxels only ever become background, so boxes found before the first step contain what later steps look for.
        LabelBoxes boxes = LabelBoxes.Of(labels);
        foreach (KeepLargest step in Steps)
            step.Apply(labels, boxes);
    }

    internal static LabelPostprocessing Of(NnunetVersion version, IEnumerable<LabelOrRegion> kept) =>
        new(version, [.. kept.Select(what => new KeepLargest(what, NeighboursOf(version)))]);
}
