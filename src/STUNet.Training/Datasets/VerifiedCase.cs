using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>What was read of one case.</summary>
/// <param name="Case">Its identifier.</param>
/// <param name="Size">Voxels (z, y, x) of the first channel; null where it cannot be read.</param>
/// <param name="Spacing">Its spacing (z, y, x) in mm.</param>
/// <param name="LabelVoxels">Voxels of every label value that occurs.</param>
/// <param name="Findings">What is wrong with it.</param>
public sealed record VerifiedCase(
    string Case, Int3? Size, Spacing? Spacing, ImmutableSortedDictionary<int, long> LabelVoxels, ImmutableArray<VerificationFinding> Findings);
