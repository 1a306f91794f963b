using System.Collections.Immutable;

namespace STUNet.WeightsConverter;

/// <summary>A float32 initialiser of a graph.</summary>
/// <param name="Name">Its name: a parameter's, or a constant's.</param>
/// <param name="Dims">Sizes, slowest axis first.</param>
/// <param name="Values">The values of a constant; null for a parameter, whose values come from the model.</param>
internal sealed record OnnxTensor(string Name, ImmutableArray<int> Dims, float[]? Values = null)
{
    /// <summary>Number of values.</summary>
    public long Count => Dims.Aggregate(1L, (product, size) => product * size);

    /// <summary>Bytes of the values.</summary>
    public long ByteLength => Count * sizeof(float);
}
