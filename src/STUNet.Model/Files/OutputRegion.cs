using System.Collections.Immutable;

namespace STUNet.Model;

/// <summary>What one output of a region-based network stands for: a union of labels, which may overlap those of other outputs.</summary>
/// <param name="Name">Name of the region.</param>
/// <param name="Labels">The label values that it is the union of, 1 to 65535.</param>
/// <param name="Label">The label value of its voxels in label maps (<c>regions_class_order</c>), 1 to 65535; later regions are written over earlier ones.</param>
public sealed record OutputRegion(string Name, ImmutableArray<int> Labels, int Label);
