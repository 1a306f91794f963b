using STUNet.Core;
using STUNet.Training;

namespace STUNet.Tests.Training.Batches;

/// <summary>A small case of noise with two boxes of labels.</summary>
internal sealed class InMemoryCase : ITrainingCase
{
    private readonly float[][] _channels;
    private readonly short[] _labels;

    public InMemoryCase(ulong seed, Int3 size, int channels = 1)
    {
        SampleRandom random = new(seed);
        Size = size;
        _labels = new short[size.Product];
        for (int i = 0; i < _labels.Length; i++)
            _labels[i] = (short)(i % size.W < 2 ? -1 : i % size.W > size.W / 2 ? 1 + i / size.W % 2 : 0);
        _channels = [.. Enumerable.Range(0, channels).Select(_ => _labels.Select(_ => (float)random.Gaussian()).ToArray())];
        Locations = ClassLocations.Find(_labels, size, [[1], [2]]);
    }

    /// <summary>Thrown when the image is read.</summary>
    public Exception? Failure { get; init; }

    public Int3 Size { get; }

    public int Channels => _channels.Length;

    public ClassLocations Locations { get; }

    public ReadOnlySpan<short> Labels => _labels;

    public ReadOnlySpan<float> Channel(int channel) => Failure is null ? _channels[channel] : throw Failure;
}
