using System.Collections.Immutable;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>What is evaluated, and by whose rules.</summary>
/// <param name="Version">Whose metrics and means: nnU-Net v1 or v2.</param>
/// <param name="Evaluated">The labels and regions, in order; v1 usually has the background among them, v2 never.</param>
public sealed record EvaluationOptions(NnunetVersion Version, ImmutableArray<LabelOrRegion> Evaluated)
{
    /// <summary>Voxels with this label in the reference do not count; null for none.</summary>
    public uint? Ignore { get; init; }

    /// <summary>Whether surface distances are measured too.</summary>
    public bool Surface { get; init; }

    /// <summary>Tolerances of the normalized surface Dice in mm.</summary>
    public ImmutableArray<double> TolerancesMm { get; init; } = [1];
}
