using System.Collections.Immutable;
using System.Globalization;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The labels a data set declares: classes, or overlapping regions of several label values, and possibly an ignore label.</summary>
public sealed record DatasetLabels
{
    private const string IgnoreName = "ignore";
    private const int MaxLabels = 65536;

    private DatasetLabels(ImmutableArray<LabelEntry> entries, int? ignore, ImmutableArray<int> regionsClassOrder)
    {
        Entries = entries;
        Ignore = ignore;
        RegionsClassOrder = regionsClassOrder;
        Values = [.. entries.Where(entry => !IsIgnore(entry)).SelectMany(entry => entry.Values).Distinct().Order()];
    }

    /// <summary>All entries in the file's order, background and ignore label included: the count that nnU-Net's memory estimate takes.</summary>
    public ImmutableArray<LabelEntry> Entries { get; }

    /// <summary>The label of voxels that are not annotated; null where there is none.</summary>
    public int? Ignore { get; }

    /// <summary>The label values that regions become in an exported map, later ones written over earlier ones; empty without regions.</summary>
    public ImmutableArray<int> RegionsClassOrder { get; }

    /// <summary>The label values, ascending and distinct, background included, ignore label left out.</summary>
    public ImmutableArray<int> Values { get; }

    /// <summary>Whether some entry stands for several label values.</summary>
    public bool HasRegions => Entries.Any(entry => entry.IsRegion);

    /// <summary>The label values above 0, ascending, ignore label left out.</summary>
    public ImmutableArray<int> Foreground => Values.Remove(0);

    /// <summary>The regions a network has one output each for, in the file's order; empty without regions.</summary>
    public ImmutableArray<LabelEntry> Regions => HasRegions ? [.. Entries.Where(entry => !entry.IsBackground && !IsIgnore(entry))] : [];

    /// <summary>Outputs of a network: one per region, or one per class with background.</summary>
    public int Outputs => HasRegions ? Regions.Length : Values.Length;

    /// <summary>Names of the label values that have one of their own.</summary>
    public ImmutableSortedDictionary<int, string> Names =>
        Entries.Where(entry => !entry.IsRegion && !IsIgnore(entry)).ToImmutableSortedDictionary(entry => entry.Values[0], entry => entry.Name);

    /// <summary>Reads v2 labels: <c>{name: value or [values]}</c>.</summary>
    internal static DatasetLabels ReadVersion2(JsonField root)
    {
        JsonField field = root["labels"];
        ImmutableArray<LabelEntry> entries = [.. field.Members().Select(member => ReadEntry(member.Key, member.Field))];
        RequireBackground(field, entries);
        LabelEntry[] alone = [.. entries.Where(entry => !entry.IsRegion)];
        if (alone.GroupBy(entry => entry.Values[0]).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw field.Wrong($"label {twice.Key} has two names ({string.Join(", ", twice.Select(entry => entry.Name))})", "give every value one name");
        DatasetLabels labels = new(entries, entries.FirstOrDefault(IsIgnore)?.Values[0], []);
        if (labels.Ignore is { } ignore && ignore != labels.Values[^1] + 1)
            throw field.Wrong($"the ignore label is {ignore}", $"it must be the highest label plus one, {labels.Values[^1] + 1}");
        if (!labels.HasRegions)
            return labels;
        ImmutableArray<int> order = root["regions_class_order"].List(item => item.Int(1, ushort.MaxValue), 1, MaxLabels);
        if (order.Length != labels.Regions.Length)
        {
            throw root["regions_class_order"].Wrong(
                $"{order.Length} values for {labels.Regions.Length} regions", "give one label value per region, background and ignore left out");
        }

        return new DatasetLabels(entries, labels.Ignore, order);
    }

    /// <summary>Reads v1 labels: <c>{"value": name}</c>.</summary>
    internal static DatasetLabels ReadVersion1(JsonField root)
    {
        JsonField field = root["labels"];
        ImmutableArray<LabelEntry> entries =
        [
            .. field.Members().Select(member =>
                int.TryParse(member.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= ushort.MaxValue
                    ? new LabelEntry(member.Field.Text(), [value])
                    : throw member.Field.Wrong("the key is not a label value", "v1 names values, such as \"1\": \"liver\"; v2 numbers names, such as \"liver\": 1")),
        ];
        RequireBackground(field, entries);
        if (entries.GroupBy(entry => entry.Values[0]).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw field.Wrong($"label {twice.Key} occurs twice", "give every value one name");
        return new DatasetLabels(entries, null, []);
    }

    private static bool IsIgnore(LabelEntry entry) => entry.Name == IgnoreName;

    private static LabelEntry ReadEntry(string name, JsonField field)
    {
        ImmutableArray<int> values = field.Value.ValueKind == System.Text.Json.JsonValueKind.Array
            ? field.List(item => item.Int(0, ushort.MaxValue), 1, MaxLabels)
            : [field.Int(0, ushort.MaxValue)];
        if (values.Distinct().Count() != values.Length)
            throw field.Wrong("a value occurs twice");
        LabelEntry entry = new(name, values);
        return IsIgnore(entry) && entry.IsRegion ? throw field.Wrong("the ignore label is a list", "give one value") : entry;
    }

    private static void RequireBackground(JsonField field, ImmutableArray<LabelEntry> entries)
    {
        if (entries.Length > MaxLabels)
            throw field.Wrong($"{entries.Length} entries are too many");
        if (!entries.Any(entry => entry.IsBackground))
            throw field.Wrong("no label has the value 0", "declare \"background\" as 0");
        if (entries.All(entry => entry.IsBackground || IsIgnore(entry)))
            throw field.Wrong("background is the only label", "declare what is to be segmented");
    }
}
