using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>The labels of a data set as its <c>dataset.json</c> lists them, in the form of nnU-Net v1 (value to name) or v2 (name to value or values).</summary>
public sealed class DatasetLabels
{
    private const string Ignored = "ignore";

    private DatasetLabels(NnunetVersion form, ImmutableArray<LabelOrRegion> foreground, ImmutableSortedDictionary<uint, string> names, uint? ignore) =>
        (Form, Foreground, Names, Ignore) = (form, foreground, names, ignore);

    /// <summary>Whose form the file has.</summary>
    public NnunetVersion Form { get; }

    /// <summary>The labels or regions that are evaluated, background left out, in the order of the file.</summary>
    public ImmutableArray<LabelOrRegion> Foreground { get; }

    /// <summary>Names of single labels.</summary>
    public ImmutableSortedDictionary<uint, string> Names { get; }

    /// <summary>The label that marks voxels nobody annotated; null for none.</summary>
    public uint? Ignore { get; }

    /// <summary>Every label but background and ignore, ascending.</summary>
    public ImmutableArray<uint> ForegroundLabels => [.. Foreground.SelectMany(what => what.Labels).Where(label => label != 0).Distinct().Order()];

    /// <summary>Reads the labels of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, or its labels are not in either form.</exception>
    public static DatasetLabels Read(string path) => PythonJson.Read(path, root => Of(path, root));

    private static DatasetLabels Of(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("labels", out JsonElement labels) || labels.ValueKind != JsonValueKind.Object)
            throw new InvalidFileException(path, "labels", "missing or no object", "give the dataset.json of the data set");
        bool isV1 = labels.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String);
        List<LabelOrRegion> foreground = [];
        SortedDictionary<uint, string> names = [];
        uint? ignore = null;
        foreach (JsonProperty member in labels.EnumerateObject())
        {
            string name = isV1 ? member.Value.GetString()! : member.Name;
            LabelOrRegion what = isV1 ? LabelOrRegion.Label(Value(path, member.Name, member.Name)) : Of(path, member);
            if (!isV1 && name == Ignored)
            {
                ignore = what.Labels[0];
                continue;
            }

            if (!what.IsRegion)
                names[what.Labels[0]] = name;
            if (what.Labels.Any(label => label != 0))
                foreground.Add(what);
        }

        if (foreground.Count == 0)
            throw new InvalidFileException(path, "labels", "no label beside the background", "give the dataset.json of the data set");
        bool hasRegions = foreground.Any(what => what.IsRegion);
        if (!hasRegions)
            foreground = [.. foreground.OrderBy(what => what.Labels[0])];
        return new DatasetLabels(isV1 ? NnunetVersion.V1 : NnunetVersion.V2, [.. foreground], names.ToImmutableSortedDictionary(), ignore);
    }

    private static LabelOrRegion Of(string path, JsonProperty member)
    {
        string field = $"labels.{member.Name}";
        if (member.Value.ValueKind != JsonValueKind.Array)
            return LabelOrRegion.Label(Value(path, field, member.Value.ToString()));
        uint[] labels = [.. member.Value.EnumerateArray().Select(value => Value(path, field, value.ToString()))];
        return labels.Length > 0 ? LabelOrRegion.Region(labels) : throw new InvalidFileException(path, field, "an empty list", "list the region's labels");
    }

    private static uint Value(string path, string field, string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint label) && label <= LabelOrRegion.LargestLabel
            ? label
            : throw new InvalidFileException(path, field, $"'{text}' is not a label", $"labels are whole numbers from 0 to {LabelOrRegion.LargestLabel}");
}
