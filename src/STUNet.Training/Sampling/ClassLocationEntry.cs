namespace STUNet.Training;

/// <summary>Voxels of one class of a case.</summary>
/// <param name="Labels">The labels of the class: one, or several for a region.</param>
/// <param name="Voxels">Indices (z * H + y) * W + x.</param>
public sealed record ClassLocationEntry(IReadOnlyList<int> Labels, ReadOnlyMemory<int> Voxels);
