using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>Reads the channels of a case and refuses what the network cannot take, by the file's name.</summary>
internal static class CaseReader
{
    /// <summary>Reads all channels.</summary>
    /// <exception cref="InvalidFileException">A file is unusable, has voxels that are not finite, or another size than the first channel.</exception>
    public static IReadOnlyList<Volume> Read(InputCase input)
    {
        List<Volume> channels = [];
        foreach (string path in input.Channels)
        {
            Volume volume = VolumeFile.Read(path);
            if (volume.FirstNonFinite() is { } at)
            {
                throw new InvalidFileException(
                    path, "voxel data", $"voxel (z, y, x) = ({at.D}, {at.H}, {at.W}) is not a finite number", "replace NaN and infinity before segmenting");
            }

            if (channels.Count > 0 && volume.Size != channels[0].Size)
                throw new InvalidFileException(path, "dim", $"{volume.Size} voxels (z, y, x), but {input.Channels[0]} has {channels[0].Size}", "all channels of a case must have one grid");
            channels.Add(volume);
        }

        return channels;
    }
}
