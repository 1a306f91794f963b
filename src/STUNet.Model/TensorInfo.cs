using System.Collections.Immutable;

namespace STUNet.Model;

/// <summary>A named tensor of a file.</summary>
/// <param name="Name">Name, wrappers' prefixes stripped.</param>
/// <param name="Shape">Sizes, slowest axis first; empty for a scalar.</param>
/// <param name="ElementType">Element type as safetensors writes it: F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL.</param>
public sealed record TensorInfo(string Name, ImmutableArray<int> Shape, string ElementType)
{
    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
