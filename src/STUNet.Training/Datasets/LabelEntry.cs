using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>One entry of a data set's labels.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">The label values it stands for: one, or the parts of a region.</param>
public sealed record LabelEntry(string Name, ImmutableArray<int> Values)
{
    /// <summary>Whether this is background: label 0 and nothing else.</summary>
    public bool IsBackground => Values.All(value => value == 0);

    /// <summary>Whether this is a region of several label values.</summary>
    public bool IsRegion => Values.Length > 1;
}
