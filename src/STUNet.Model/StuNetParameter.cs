using System.Collections.Immutable;

namespace STUNet.Model;

/// <summary>One parameter of the network.</summary>
/// <param name="Name">Published name, such as <c>conv_blocks_context.0.0.conv1.weight</c>.</param>
/// <param name="Shape">[OC, IC, KD, KH, KW] of a convolution weight, [C] of a bias or norm parameter.</param>
public readonly record struct StuNetParameter(string Name, ImmutableArray<int> Shape)
{
    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
