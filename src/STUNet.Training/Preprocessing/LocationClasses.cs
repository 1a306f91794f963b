using STUNet.Model;

namespace STUNet.Training;

/// <summary>The classes whose voxels are remembered of every case, in nnU-Net's order: the choice of voxels depends on it.</summary>
public static class LocationClasses
{
    /// <summary>The label values of every class.</summary>
    /// <param name="labels">The data set's labels.</param>
    /// <param name="version">
    /// v1: every foreground label in the file's order. v2: the foreground labels ascending, or the regions in the file's order, and with an ignore label one
    /// more entry of all other labels, background included.
    /// </param>
    public static IReadOnlyList<IReadOnlyList<int>> Of(DatasetLabels labels, NnunetVersion version)
    {
        if (version == NnunetVersion.V1)
            return [.. labels.Entries.Where(entry => !entry.IsBackground).Select(entry => entry.Values)];
        IEnumerable<IReadOnlyList<int>> classes = labels.HasRegions
            ? labels.Regions.Select(region => (IReadOnlyList<int>)region.Values)
            : labels.Foreground.Select(label => (IReadOnlyList<int>)[label]);
        return labels.Ignore is null ? [.. classes] : [.. classes, labels.Values];
    }
}
