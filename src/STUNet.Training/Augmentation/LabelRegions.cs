namespace STUNet.Training;

/// <summary>Overlapping unions of labels that a network with sigmoid outputs is trained for. Immutable.</summary>
/// <param name="Regions">The labels of every region.</param>
/// <param name="IgnoreLabel">The label of voxels without annotation, which becomes one more map at the end; null for none.</param>
public sealed record LabelRegions(IReadOnlyList<IReadOnlyList<int>> Regions, int? IgnoreLabel = null)
{
    /// <summary>Maps that <see cref="Convert"/> writes.</summary>
    public int Count => Regions.Count + (IgnoreLabel is null ? 0 : 1);

    /// <summary>Writes a 0/1 map per region.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="maps">Receives the maps, one after another.</param>
    public void Convert(ReadOnlySpan<short> labels, Span<short> maps)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(maps.Length, (long)Count * labels.Length);
        bool[] isMember = new bool[ushort.MaxValue + 1];
        for (int region = 0; region < Count; region++)
        {
            IReadOnlyList<int> members = region < Regions.Count ? Regions[region] : [IgnoreLabel!.Value];
            foreach (int label in members)
                isMember[(ushort)label] = true;
            Span<short> map = maps.Slice(region * labels.Length, labels.Length);
            for (int i = 0; i < map.Length; i++)
                map[i] = isMember[(ushort)labels[i]] ? (short)1 : (short)0;
            foreach (int label in members)
                isMember[(ushort)label] = false;
        }
    }
}
