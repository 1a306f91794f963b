using System.Collections.Immutable;

namespace STUNet.Model;

/// <summary>A named tensor of a file.</summary>
/// <param name="Name">Name, wrappers' prefixes stripped.</param>
/// <param name="Shape">Sizes, slowest axis first; empty for a scalar.</param>
/// <param name="ElementType">Type of the stored elements.</param>
public sealed record TensorInfo(string Name, ImmutableArray<int> Shape, ElementType ElementType)
{
    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
