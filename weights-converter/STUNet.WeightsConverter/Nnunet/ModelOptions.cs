using System.Collections.Immutable;

namespace STUNet.WeightsConverter;

/// <summary>What checkpoints do not say and a user may add.</summary>
public sealed record ModelOptions
{
    /// <summary>
    /// A v1 side file or full plans.pkl, for a bare state dict or a checkpoint without its side file; null means: what lies beside the checkpoint.
    /// </summary>
    public string? PlansPath { get; init; }

    /// <summary>Names of label values; null means: what the checkpoint says (v2), the published names for the published 104-class plans, else none.</summary>
    public ImmutableSortedDictionary<int, string>? Labels { get; init; }

    /// <summary>Licence of the weights; empty when not known.</summary>
    public string Licence { get; init; } = "";
}
