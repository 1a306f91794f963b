using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Tests.Cli;

/// <summary>Small label maps in folders.</summary>
internal static class LabelFiles
{
    public static readonly Int3 Size = new(2, 3, 8);

    /// <summary>Writes a label map of label 1 at some voxels and label 2 at others; gives its path.</summary>
    public static string Labels(this CliFiles files, string name, int[] ones, int[]? twos = null, Spacing? spacing = null, Int3? size = null)
    {
        LabelVolume labels = new(new VolumeGeometry(size ?? Size, spacing ?? new Spacing(2, 1, 1)));
        foreach (int at in ones)
            labels[at] = 1;
        foreach (int at in twos ?? [])
            labels[at] = 2;
        Directory.CreateDirectory(Path.GetDirectoryName(files[name])!);
        VolumeFile.Write(files[name], labels);
        return files[name];
    }
}
