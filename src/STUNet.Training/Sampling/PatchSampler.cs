using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Chooses where the patch of a sample starts. Immutable.</summary>
/// <param name="Version">Whose rules.</param>
/// <param name="Loader">Size of the patch to cut.</param>
/// <param name="Network">Size of the network's patch.</param>
/// <param name="AnnotatedEntry">
/// With an ignore label (version 2 only) the entry of the class locations that holds all annotated voxels, else null: patches that need no foreground
/// are then centred on one of them.
/// </param>
public sealed record PatchSampler(NnunetVersion Version, Int3 Loader, Int3 Network, int? AnnotatedEntry = null)
{
    /// <summary>Chooses a place.</summary>
    /// <param name="image">Size of the case.</param>
    /// <param name="locations">Where the case has which class.</param>
    /// <param name="isForced">Whether the patch must contain foreground.</param>
    /// <param name="draw">Draws: the class and its voxel, or the start on axis 0, 1, 2.</param>
    /// <returns>The first voxel, which may lie outside of the case, and the entry the patch is centred on, if any.</returns>
    public (Int3 Start, int? Entry) Choose(Int3 image, ClassLocations locations, bool isForced, DrawInteger draw)
    {
        PatchBounds bounds = PatchBounds.Of(image, Loader, Network);
        if (EntryFor(locations, isForced, draw) is not { } entry)
            return (Int3.From(axis => draw(bounds.Lower[axis], bounds.Upper[axis])), null);

        ReadOnlySpan<int> voxels = locations.Entries[entry].Voxels.Span;
        int index = voxels[draw(0, voxels.Length - 1)];
        Int3 voxel = new(index / (image.H * image.W), index / image.W % image.H, index % image.W);

        // The reference does not apply the upper bound here: the patch may reach further outside than a random one.
        return (Int3.From(axis => Math.Max(bounds.Lower[axis], voxel[axis] - Loader[axis] / 2)), entry);
    }

    private int? EntryFor(ClassLocations locations, bool isForced, DrawInteger draw)
    {
        IReadOnlyList<ClassLocationEntry> entries = locations.Entries;
        if (!isForced)
            return AnnotatedEntry is { } annotated && entries[annotated].Voxels.Length > 0 ? annotated : null;

        List<int> eligible = [.. Enumerable.Range(0, entries.Count).Where(entry =>
            entries[entry].Voxels.Length > 0 && (Version == NnunetVersion.V2 || entries[entry].Labels[0] > 0))];
        if (AnnotatedEntry is { } all && eligible.Count > 1)
            eligible.Remove(all);
        return eligible.Count == 0 ? null : eligible[draw(0, eligible.Count - 1)];
    }
}
