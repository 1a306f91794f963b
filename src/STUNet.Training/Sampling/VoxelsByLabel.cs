namespace STUNet.Training;

/// <summary>The voxels of single labels in memory order, found in two passes over the label map whatever the number of labels.</summary>
internal sealed class VoxelsByLabel
{
    private const int Values = 1 << 16;
    private readonly int[]?[] _voxels = new int[Values][];

    public VoxelsByLabel(ReadOnlySpan<short> labels, IReadOnlyList<IReadOnlyList<int>> classes)
    {
        int[] counts = new int[Values];
        foreach (short label in labels)
            counts[(ushort)label]++;
        foreach (IReadOnlyList<int> single in classes.Where(labelsOfClass => labelsOfClass.Count == 1))
            _voxels[IndexOf(single[0])] = new int[counts[IndexOf(single[0])]];

        int[] filled = counts;
        filled.AsSpan().Clear();
        for (int i = 0; i < labels.Length; i++)
        {
            ushort label = (ushort)labels[i];
            if (_voxels[label] is { } list)
                list[filled[label]++] = i;
        }
    }

    /// <summary>The voxels of a label that is a class of its own.</summary>
    public int[] this[int label] => _voxels[IndexOf(label)]!;

    /// <summary>The voxels that have one of several labels.</summary>
    public static int[] Of(ReadOnlySpan<short> labels, IReadOnlyList<int> wanted)
    {
        bool[] isWanted = new bool[Values];
        foreach (int label in wanted)
            isWanted[IndexOf(label)] = true;
        int count = 0;
        foreach (short label in labels)
            count += isWanted[(ushort)label] ? 1 : 0;
        int[] voxels = new int[count];
        for (int i = 0, at = 0; i < labels.Length; i++)
        {
            if (isWanted[(ushort)labels[i]])
                voxels[at++] = i;
        }

        return voxels;
    }

    private static ushort IndexOf(int label) => (ushort)checked((short)label);
}
