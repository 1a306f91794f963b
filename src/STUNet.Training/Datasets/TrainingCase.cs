using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>The files of one training case.</summary>
/// <param name="Identifier">Its name, without channel number and ending.</param>
/// <param name="Images">One file per channel.</param>
/// <param name="Label">The label map.</param>
public sealed record TrainingCase(string Identifier, ImmutableArray<string> Images, string Label)
{
    // The relative tolerance of numpy's allclose.
    private const double SpacingTolerance = 1e-5;

    /// <summary>Reads all files and refuses what no training could use.</summary>
    /// <exception cref="InvalidFileException">A file is missing or damaged, has another size or spacing than the first channel, or a voxel that is not finite.</exception>
    public TrainingVolumes Read()
    {
        ImmutableArray<Volume> channels = ReadImages();
        LabelVolume labels = VolumeFile.ReadLabels(Label);
        RequireGrid(Label, labels.Geometry, channels[0].Geometry);
        return new TrainingVolumes(channels, labels);
    }

    /// <summary>Reads the channels.</summary>
    /// <exception cref="InvalidFileException">As for <see cref="Read"/>.</exception>
    public ImmutableArray<Volume> ReadImages()
    {
        ImmutableArray<Volume>.Builder channels = ImmutableArray.CreateBuilder<Volume>(Images.Length);
        foreach (string path in Images)
        {
            Volume volume = VolumeFile.Read(path);
            if (volume.FirstNonFinite() is { } at)
                throw new InvalidFileException(path, "voxel data", $"voxel (z, y, x) = ({at.D}, {at.H}, {at.W}) is not a finite number", "replace NaN and infinity");
            RequireGrid(path, volume.Geometry, channels.Count == 0 ? volume.Geometry : channels[0].Geometry);
            channels.Add(volume);
        }

        return channels.MoveToImmutable();
    }

    internal static string ChannelPath(string stem, int channel, string ending) => $"{stem}_{channel.ToString("D4", CultureInfo.InvariantCulture)}{ending}";

    internal static bool HaveOneSpacing(VolumeGeometry geometry, VolumeGeometry first) =>
        Enumerable.Range(0, 3).All(axis => Math.Abs(geometry.Spacing[axis] - first.Spacing[axis]) <= SpacingTolerance * first.Spacing[axis]);

    private void RequireGrid(string path, VolumeGeometry geometry, VolumeGeometry first)
    {
        if (geometry.Size != first.Size)
            throw new InvalidFileException(path, "dim", $"{geometry.Size} voxels (z, y, x), but {Images[0]} has {first.Size}", "all files of a case must have one grid");
        if (!HaveOneSpacing(geometry, first))
            throw new InvalidFileException(path, "pixdim", $"spacing {geometry.Spacing} (z, y, x), but {Images[0]} has {first.Spacing}", "all files of a case must have one grid");
    }
}
