using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>Simulates a coarser image: channels are resized down by nearest neighbour and up again by cubic splines, clipped to the small image's range.</summary>
/// <param name="Zooms">Per channel the size of the small image as a fraction; null leaves the channel alone.</param>
/// <param name="KeepsFirstAxis">Whether axis 0 keeps its size, as in 2D augmentation.</param>
public sealed record LowResolution(IReadOnlyList<double?> Zooms, bool KeepsFirstAxis) : IAugmentation
{
    /// <summary>Probability per sample.</summary>
    public const double Probability = 0.25;

    /// <summary>Probability per channel of a sample.</summary>
    public const double ChannelProbability = 0.5;

    /// <summary>The smallest zoom.</summary>
    public const double SmallestZoom = 0.5;

    /// <summary>The largest zoom.</summary>
    public const double LargestZoom = 1;

    /// <summary>Draws the parameters; null where the step is left out.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="inPlane">Whether augmentation is 2D.</param>
    public static LowResolution? Draw(SampleRandom random, int channels, bool inPlane) => random.Happens(Probability)
        ? new LowResolution(PerChannel.Draw(random, channels, ChannelProbability, static r => r.Uniform(SmallestZoom, LargestZoom)), inPlane)
        : null;

    /// <summary>Size of the small image: every axis rounded half to even, at least one voxel.</summary>
    /// <param name="size">Size of the patch.</param>
    /// <param name="zoom">The fraction.</param>
    public Int3 SmallSize(Int3 size, double zoom) => Int3.From(axis =>
        KeepsFirstAxis && axis == 0 ? size.D : Math.Max(1, (int)Math.Round(size[axis] * zoom, MidpointRounding.ToEven)));

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
        {
            if (Zooms[c] is not { } zoom)
                continue;
            Int3 small = SmallSize(patch.Size, zoom);
            Memory<float> values = scratch.Values((int)small.Product);
            ImageResampler.Resample(patch.Channel(c), patch.Size, values, small, InterpolationOrder.Nearest, null, scratch.OneThread);
            ImageResampler.Resample(values, small, patch.Channel(c), patch.Size, InterpolationOrder.Cubic, null, scratch.OneThread);
        }
    }
}
