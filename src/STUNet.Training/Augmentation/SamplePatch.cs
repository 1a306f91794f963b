using STUNet.Core;

namespace STUNet.Training;

/// <summary>A patch of a case while it is augmented: the image's channels and one label map. A view of memory that someone else owns.</summary>
public sealed class SamplePatch
{
    private readonly Memory<float> _image;

    /// <summary>Allocates a patch.</summary>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="size">Size (z, y, x).</param>
    public SamplePatch(int channels, Int3 size)
        : this(channels, size, new float[checked(channels * (int)size.Product)], new short[size.Product])
    {
    }

    /// <summary>Makes a patch over memory.</summary>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="size">Size (z, y, x).</param>
    /// <param name="image">The image, [channel, z, y, x].</param>
    /// <param name="labels">The labels, [z, y, x]; -1 outside of the case.</param>
    public SamplePatch(int channels, Int3 size, Memory<float> image, Memory<short> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, channels * size.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, size.Product);
        (Channels, Size, _image, Labels) = (channels, size, image, labels);
    }

    /// <summary>Channels of the image.</summary>
    public int Channels { get; }

    /// <summary>Size (z, y, x).</summary>
    public Int3 Size { get; }

    /// <summary>The labels, [z, y, x].</summary>
    public Memory<short> Labels { get; }

    /// <summary>One channel, [z, y, x].</summary>
    /// <param name="channel">The channel.</param>
    public Memory<float> Channel(int channel) => _image.Slice(channel * (int)Size.Product, (int)Size.Product);
}
