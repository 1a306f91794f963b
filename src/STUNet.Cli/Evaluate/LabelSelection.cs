using System.Collections.Immutable;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>What is evaluated.</summary>
/// <param name="Version">By whose rules.</param>
/// <param name="Listed">The labels and regions, in order.</param>
/// <param name="Ignore">Voxels with this label in the reference do not count; null for none.</param>
/// <param name="Names">Names of labels; may be empty.</param>
internal sealed record LabelSelection(NnunetVersion Version, ImmutableArray<LabelOrRegion> Listed, uint? Ignore, ImmutableSortedDictionary<uint, string> Names)
{
    /// <summary>How label maps are mapped before they are compared; null for not at all.</summary>
    public LabelUnification? Unification { get; init; }

    /// <summary>The labels and regions without the background.</summary>
    public ImmutableArray<LabelOrRegion> Foreground => [.. Listed.Where(what => !what.IsBackground)];

    /// <summary>What a summary holds: v2 leaves out the background.</summary>
    public ImmutableArray<LabelOrRegion> Evaluated => Version == NnunetVersion.V1 ? Listed : Foreground;

    /// <summary>All labels that occur in <see cref="Foreground"/>, ascending.</summary>
    public ImmutableArray<uint> ForegroundLabels => [.. Foreground.SelectMany(what => what.Labels).Distinct().Order()];

    /// <summary>A case with its label maps mapped.</summary>
    public EvaluationCase Map(EvaluationCase one) => Unification is { } unification
        ? one with { Prediction = () => unification.MapPrediction(one.Prediction()), Reference = () => unification.MapReference(one.Reference()) }
        : one;

    /// <summary>The name of a label; empty where it has none.</summary>
    public string NameOf(LabelOrRegion what) => what.IsRegion ? "" : Names.GetValueOrDefault(what.Labels[0], "");
}
