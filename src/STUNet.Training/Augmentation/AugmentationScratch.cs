using STUNet.Core;

namespace STUNet.Training;

/// <summary>The memory one worker augments in; grows to what the largest patch needs and stays. Not synchronised.</summary>
public sealed class AugmentationScratch : IDisposable
{
    private float[] _values = [];
    private short[] _labels = [];

    /// <summary>A pool of the calling thread alone, for resamplers that ask for one: samples are prepared side by side, each on one thread.</summary>
    internal WorkerPool OneThread { get; } = new(1);

    internal SplineVolume Spline { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => OneThread.Dispose();

    /// <summary>Values with any content; the next call may give the same ones.</summary>
    internal Memory<float> Values(int count)
    {
        if (_values.Length < count)
            _values = new float[count];
        return _values.AsMemory(0, count);
    }

    /// <summary>Labels with any content; the next call may give the same ones.</summary>
    internal Span<short> Labels(int count)
    {
        if (_labels.Length < count)
            _labels = new short[count];
        return _labels.AsSpan(0, count);
    }
}
