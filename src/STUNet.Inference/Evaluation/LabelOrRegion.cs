using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>What nnU-Net evaluates and post-processes as one object: a label, or a region, the union of several labels.</summary>
public sealed class LabelOrRegion
{
    /// <summary>The largest label value that files can hold exactly.</summary>
    public const uint LargestLabel = 1 << 24;

    private readonly bool[] _lookup;

    private LabelOrRegion(ImmutableArray<uint> labels, bool isRegion)
    {
        if (labels.IsEmpty)
            throw new InvalidRequestException("A region has no label; give at least one.");
        if (labels.Max() > LargestLabel)
            throw new InvalidRequestException($"The label {labels.Max()} is too large; labels are whole numbers from 0 to {LargestLabel}.");
        Labels = labels;
        IsRegion = isRegion;
        Key = isRegion ? $"({string.Join(", ", labels.Select(Text))}{(labels.Length == 1 ? ",)" : ")")}" : Text(labels[0]);
        _lookup = new bool[labels.Max() + 1];
        foreach (uint label in labels)
            _lookup[label] = true;
    }

    /// <summary>The labels, as given.</summary>
    public ImmutableArray<uint> Labels { get; }

    /// <summary>Whether it was given as a list, even of one label.</summary>
    public bool IsRegion { get; }

    /// <summary>Its name in a summary, Python's text of the number or tuple unless it was given one: <c>3</c>, <c>(1, 2)</c>, <c>(3,)</c>.</summary>
    public string Key { get; private init; }

    /// <summary>Whether it is the background, which means over the foreground leave out.</summary>
    public bool IsBackground => !IsRegion && Labels[0] == 0;

    internal ReadOnlySpan<bool> Lookup => _lookup;

    /// <summary>A single label.</summary>
    /// <param name="label">Its value.</param>
    public static LabelOrRegion Label(uint label) => new([label], isRegion: false);

    /// <summary>A single label with a name in summaries.</summary>
    /// <param name="label">Its value.</param>
    /// <param name="key">Its name.</param>
    public static LabelOrRegion Label(uint label, string key) => new([label], isRegion: false) { Key = key };

    /// <summary>The union of labels.</summary>
    /// <param name="labels">Their values.</param>
    public static LabelOrRegion Region(params IEnumerable<uint> labels) => new([.. labels], isRegion: true);

    /// <summary>Whether voxels of a label belong to it.</summary>
    /// <param name="label">The label.</param>
    public bool Contains(uint label) => label < _lookup.Length && _lookup[label];

    /// <summary>Whether the two have a label in common.</summary>
    /// <param name="other">The other.</param>
    public bool Overlaps(LabelOrRegion other) => other.Labels.Any(Contains);

    /// <inheritdoc/>
    public override string ToString() => Key;

    private static string Text(uint label) => label.ToString(CultureInfo.InvariantCulture);
}
