using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.OpRunner;

/// <summary>Three cases of noise in memory: label 1 is bright, label 2 dark, so that there is something to learn.</summary>
/// <param name="size">Size of every case; 12x14x10 where null.</param>
public sealed class TinyCases(Int3? size = null) : ITrainingCases
{
    private readonly Int3 _size = size ?? new Int3(12, 14, 10);

    /// <summary>Set to spoil the images, as a damaged case would.</summary>
    public bool HasNaN { get; init; }

    /// <summary>What the cases are said to be made of.</summary>
    public string Source { get; init; } = "seeds";

    /// <inheritdoc/>
    public IReadOnlyList<string> Identifiers { get; } = ["a", "b", "c"];

    /// <inheritdoc/>
    public NnunetVersion Preprocessing => NnunetVersion.V1;

    /// <inheritdoc/>
    public string SourceOf(string identifier) => $"{Source} {identifier}";

    /// <inheritdoc/>
    public ITrainingCase Open(string identifier) => new TinyCase((ulong)identifier[0], _size, HasNaN);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class TinyCase : ITrainingCase
    {
        private readonly short[] _labels;
        private readonly float[] _image;

        public TinyCase(ulong seed, Int3 size, bool hasNaN)
        {
            SampleRandom random = new(seed);
            Size = size;
            _labels = new short[size.Product];
            for (int i = 0; i < _labels.Length; i++)
                _labels[i] = (short)(i % size.W < 2 ? -1 : i % size.W > size.W / 2 ? 1 + i / size.W % 2 : 0);
            _image = [.. _labels.Select(label => hasNaN ? float.NaN : (float)(random.Gaussian() / 4) + (label == 1 ? 1 : label == 2 ? -1 : 0))];
            Locations = ClassLocations.Find(_labels, size, [[1], [2]]);
        }

        public Int3 Size { get; }

        public int Channels => 1;

        public ClassLocations Locations { get; }

        public ReadOnlySpan<short> Labels => _labels;

        public ReadOnlySpan<float> Channel(int channel) => _image;
    }
}
