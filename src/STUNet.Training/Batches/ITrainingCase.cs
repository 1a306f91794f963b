using STUNet.Core;

namespace STUNet.Training;

/// <summary>A preprocessed case that patches are cut from. Read from several threads at once.</summary>
public interface ITrainingCase
{
    /// <summary>Size (z, y, x) in the order of the network's axes.</summary>
    Int3 Size { get; }

    /// <summary>Channels of the image, the same in all cases.</summary>
    int Channels { get; }

    /// <summary>Where the case has which class; all cases list the same classes in the same order.</summary>
    ClassLocations Locations { get; }

    /// <summary>The labels, [z, y, x]; -1 outside of the nonzero region.</summary>
    ReadOnlySpan<short> Labels { get; }

    /// <summary>The normalised intensities of a channel, [z, y, x].</summary>
    /// <param name="channel">The channel.</param>
    ReadOnlySpan<float> Channel(int channel);
}
