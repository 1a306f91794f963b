using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>How a configuration came about.</summary>
/// <param name="Configuration">Its name.</param>
/// <param name="Spacing">Target spacing, mm, transposed.</param>
/// <param name="InitialPatch">The patch before anything was padded or reduced; fractional where the median size is.</param>
/// <param name="Steps">From the first topology on, one state per reduction.</param>
/// <param name="BatchFromMemory">Batch size the memory allows.</param>
/// <param name="BatchCap">Batch size that covers at most 5 % of the data set's voxels.</param>
/// <param name="Rounds">How often the spacing of a low resolution was coarsened; 0 for others.</param>
public sealed record ConfigurationTrace(
    string Configuration,
    ImmutableArray<double> Spacing,
    ImmutableArray<double> InitialPatch,
    ImmutableArray<PatchStep> Steps,
    long BatchFromMemory,
    long BatchCap,
    int Rounds = 0);
