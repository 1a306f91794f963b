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
    /// <summary>Reads all files and refuses what no training could use.</summary>
    /// <exception cref="InvalidFileException">A file is missing or damaged, has another size than the first channel, or a voxel that is not finite.</exception>
    public TrainingVolumes Read()
    {
        ImmutableArray<Volume> channels = ReadImages();
        LabelVolume labels = VolumeFile.ReadLabels(Label);
        RequireSize(Label, labels.Size, channels[0].Size);
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
            RequireSize(path, volume.Size, channels.Count == 0 ? volume.Size : channels[0].Size);
            channels.Add(volume);
        }

        return channels.MoveToImmutable();
    }

    internal static string ChannelPath(string stem, int channel, string ending) => $"{stem}_{channel.ToString("D4", CultureInfo.InvariantCulture)}{ending}";

    private void RequireSize(string path, Int3 size, Int3 expected)
    {
        if (size != expected)
            throw new InvalidFileException(path, "dim", $"{size} voxels (z, y, x), but {Images[0]} has {expected}", "all files of a case must have one grid");
    }
}
