using STUNet.Core;

namespace STUNet.Training;

/// <summary>A batch as the network takes it. Valid until the stream is asked for the next one.</summary>
public sealed class TrainingBatch
{
    private readonly float[] _image;
    private readonly short[][] _targets;

    internal TrainingBatch(int samples, int channels, Int3 patch, DeepSupervisionTargets targets)
    {
        ImageShape = new Shape(samples, channels, patch);
        TargetShapes = [.. targets.Sizes.Select(size => new Shape(samples, targets.Channels, size))];
        _image = new float[ImageShape.Count];
        _targets = [.. TargetShapes.Select(shape => new short[shape.Count])];
    }

    /// <summary>The epoch the batch belongs to.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The batch's place in the epoch, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>Shape of the image.</summary>
    public Shape ImageShape { get; }

    /// <summary>Shapes of the targets, from the finest on; one channel of labels, or 0/1 maps of regions.</summary>
    public IReadOnlyList<Shape> TargetShapes { get; }

    /// <summary>The image, NCDHW.</summary>
    public ReadOnlyMemory<float> Image => _image;

    /// <summary>A target, NCDHW.</summary>
    /// <param name="scale">The target, from the finest on.</param>
    public ReadOnlyMemory<short> Target(int scale) => _targets[scale];

    internal Memory<float> ImageOf(int sample) => SliceOf(_image, sample, ImageShape.N);

    internal Span<short> TargetOf(int scale, int sample) => SliceOf(_targets[scale], sample, ImageShape.N).Span;

    private static Memory<T> SliceOf<T>(T[] values, int sample, int samples) => values.AsMemory(sample * (values.Length / samples), values.Length / samples);
}
