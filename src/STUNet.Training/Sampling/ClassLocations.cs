using STUNet.Core;

namespace STUNet.Training;

/// <summary>Where a case has voxels of each class: what foreground patches are centred on. Immutable.</summary>
public sealed class ClassLocations
{
    private const uint Seed = 1234;
    private const int Kept = 10_000;
    private const double KeptShare = 0.01;

    /// <summary>Takes locations that were found before.</summary>
    /// <param name="entries">One entry per class, in the order of the classes.</param>
    public ClassLocations(IReadOnlyList<ClassLocationEntry> entries) => Entries = entries;

    /// <summary>One entry per class, in the order of the classes; entries may be empty.</summary>
    public IReadOnlyList<ClassLocationEntry> Entries { get; }

    /// <summary>
    /// Finds voxels of every class as nnU-Net does: all of a class's voxels, or a random choice of 10,000 or 1 % of them, whichever is more. The
    /// generator is NumPy's with seed 1234 and runs through the classes in order, so the order matters.
    /// </summary>
    /// <param name="labels">The labels, C order (z, y, x).</param>
    /// <param name="size">Their size.</param>
    /// <param name="classes">
    /// The labels that make up each class: one for a plain class, several for a region. Version 1 takes them in the order of the data set's file,
    /// version 2 ascending; with an ignore label version 2 appends one entry of all other labels, background included.
    /// </param>
    public static ClassLocations Find(ReadOnlySpan<short> labels, Int3 size, IReadOnlyList<IReadOnlyList<int>> classes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, size.Product);
        NumpyRandom random = new(Seed);
        VoxelsByLabel byLabel = new(labels, classes);
        ClassLocationEntry[] entries = new ClassLocationEntry[classes.Count];
        for (int c = 0; c < entries.Length; c++)
        {
            int[] voxels = classes[c].Count == 1 ? byLabel[classes[c][0]] : VoxelsByLabel.Of(labels, classes[c]);
            entries[c] = new ClassLocationEntry(classes[c], Choose(voxels, random));
        }

        return new ClassLocations(entries);
    }

    private static int[] Choose(int[] voxels, NumpyRandom random)
    {
        if (voxels.Length == 0)
            return voxels;
        int count = Math.Max(Math.Min(Kept, voxels.Length), (int)Math.Ceiling(voxels.Length * KeptShare));
        int[] order = random.Permutation(voxels.Length);
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++)
            chosen[i] = voxels[order[i]];
        return chosen;
    }
}
