using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>What the channels of a volume must be before anything is computed.</summary>
internal static class ChannelCheck
{
    /// <summary>Refuses channels that are missing, of another size, or not finite.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="expected">The number the model has.</param>
    /// <param name="warnings">Receives what is odd but not wrong.</param>
    /// <exception cref="InvalidRequestException">They cannot be segmented.</exception>
    public static void Require(IReadOnlyList<Volume> channels, int expected, List<string> warnings)
    {
        if (channels.Count != expected)
        {
            throw new InvalidRequestException(
                $"The image has {Count(channels.Count)}, but the model needs {expected}; give one file per channel (CASE_0000, CASE_0001, ...).");
        }

        VolumeGeometry first = channels[0].Geometry;
        for (int channel = 0; channel < channels.Count; channel++)
        {
            VolumeGeometry geometry = channels[channel].Geometry;
            if (geometry.Size != first.Size)
            {
                throw new InvalidRequestException(
                    $"Channel {channel} has {geometry.Size} voxels (z, y, x), channel 0 has {first.Size}; resample the channels to one grid.");
            }

            // As in the reference, channel 0 decides the geometry.
            if (geometry.Spacing != first.Spacing)
                warnings.Add($"Channel {channel} has a spacing of {geometry.Spacing} (z, y, x), channel 0 of {first.Spacing}; that of channel 0 is used.");
            if (channels[channel].FirstNonFinite() is { } at)
            {
                throw new InvalidRequestException(
                    $"Channel {channel}: voxel (z, y, x) = ({at.D}, {at.H}, {at.W}) is not a finite number; replace NaN and infinities in the image.");
            }
        }
    }

    private static string Count(int channels) => channels == 1 ? "1 channel" : $"{channels} channels";
}
