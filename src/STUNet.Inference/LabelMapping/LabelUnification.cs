using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Maps the labels of a model of the 104 TotalSegmentator structures, and those of another data set, to one numbering 1, 2, ..., so that the two can be compared:
/// STU-Net's direct inference. Where classes overlap the later one wins.
/// </summary>
public sealed class LabelUnification
{
    private const string TablesResource = "datasets.json";
    private const string UnionPrefix = "agg:";

    private static readonly Lazy<Tables> Known = new(ReadTables);

    /// <summary>Unifies classes.</summary>
    /// <param name="classes">The classes; class i gets the value i + 1. At most 255.</param>
    public LabelUnification(ImmutableArray<UnifiedClass> classes)
    {
        if (classes.IsDefaultOrEmpty || classes.Length > byte.MaxValue)
            throw new InvalidRequestException($"A table of {(classes.IsDefault ? 0 : classes.Length)} classes cannot be unified; give 1 to {byte.MaxValue}.");
        Classes = classes;
    }

    /// <summary>Names of the data sets whose tables are built in.</summary>
    public static IReadOnlyCollection<string> KnownDatasets => Known.Value.Datasets.Keys;

    /// <summary>The classes; class i has the value i + 1.</summary>
    public ImmutableArray<UnifiedClass> Classes { get; }

    /// <summary>What to evaluate: every class under its name.</summary>
    public ImmutableArray<LabelOrRegion> Evaluated => [.. Classes.Select((one, i) => LabelOrRegion.Label((uint)i + 1, one.Name))];

    /// <summary>The built-in table of a data set.</summary>
    /// <param name="dataset">Its name, such as Task022_FLARE22.</param>
    /// <exception cref="InvalidRequestException">There is no such table; the message lists them.</exception>
    public static LabelUnification Of(string dataset) => Known.Value.Datasets.TryGetValue(dataset, out (string Values, string Name)[]? table)
        ? Of(dataset, table)
        : throw new InvalidRequestException($"There is no table of labels for '{dataset}'; known are {string.Join(", ", KnownDatasets)}, or give a JSON file.");

    /// <summary>Unifies by a table of texts.</summary>
    /// <param name="source">Where the table comes from, for messages.</param>
    /// <param name="table">Values of the data set, a number or <c>agg:1,2</c> for a union, and the class's name in the data set.</param>
    /// <param name="names">
    /// What a name of the data set is in the model: a TotalSegmentator name, or <c>agg:kidney_left,kidney_right</c> for a union. Added to the built-in ones; a
    /// name in neither is a TotalSegmentator name itself.
    /// </param>
    /// <exception cref="InvalidFileException">A value is no label, or a name is not known.</exception>
    public static LabelUnification Of(string source, IEnumerable<(string Values, string Name)> table, IReadOnlyDictionary<string, string>? names = null) =>
        new([.. table.Select(entry => new UnifiedClass(
            entry.Name,
            [.. Split(names?.GetValueOrDefault(entry.Name) ?? Known.Value.Names.GetValueOrDefault(entry.Name, entry.Name)).Select(name => Structure(source, entry.Name, name))],
            [.. Split(entry.Values).Select(value => Label(source, entry.Name, value))]))]);

    /// <summary>
    /// Reads a table: <c>{"classes": [["1", "liver"], ["agg:2,3", "bones"]], "names": {"bones": "agg:hip_left,hip_right"}}</c>, the texts as in
    /// <see cref="Of(string, IEnumerable{ValueTuple{string, string}}, IReadOnlyDictionary{string, string}?)"/>; names may be absent.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static LabelUnification Read(string path) => PythonJson.Read(path, root =>
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("classes", out JsonElement classes))
            throw new InvalidFileException(path, "classes", "missing", "list pairs such as [\"1\", \"liver\"]");
        Dictionary<string, string> names = root.TryGetProperty("names", out JsonElement given) ? Names(path, given) : [];
        return Of(path, Table(path, "classes", classes), names);
    });

    /// <summary>The model's label map in the common numbering; labels without a class become 0.</summary>
    /// <param name="prediction">The label map.</param>
    public LabelVolume MapPrediction(LabelVolume prediction) => Map(prediction, one => one.Predicted);

    /// <summary>The data set's label map in the common numbering; labels without a class become 0.</summary>
    /// <param name="reference">The label map.</param>
    public LabelVolume MapReference(LabelVolume reference) => Map(reference, one => one.Annotated);

    private LabelVolume Map(LabelVolume labels, Func<UnifiedClass, ImmutableArray<uint>> side)
    {
        uint largest = labels.Largest();
        byte[] valueOf = new byte[largest + 1L];
        for (int i = 0; i < Classes.Length; i++)
        {
            foreach (uint label in side(Classes[i]).Where(label => label <= largest))
                valueOf[label] = (byte)(i + 1);
        }

        byte[] mapped = new byte[labels.Size.Product];
        for (int i = 0; i < mapped.Length; i++)
            mapped[i] = valueOf[labels[i]];
        return new LabelVolume(labels.Geometry, mapped);
    }

    private static string[] Split(string text) =>
        text.StartsWith(UnionPrefix, StringComparison.Ordinal) ? text[UnionPrefix.Length..].Split(',', StringSplitOptions.TrimEntries) : [text];

    private static uint Structure(string source, string name, string structure)
    {
        foreach ((int label, string known) in LabelNames.TotalSegmentator)
        {
            if (known == structure && label > 0)
                return (uint)label;
        }

        throw new InvalidFileException(source, name, $"'{structure}' is not a structure of TotalSegmentator", "add the name to \"names\" with what it is in the model");
    }

    private static uint Label(string source, string name, string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint label) && label <= LabelOrRegion.LargestLabel
            ? label
            : throw new InvalidFileException(source, name, $"'{value}' is not a label", "give a number, or agg: and numbers with commas between them");

    private static (string Values, string Name)[] Table(string path, string field, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select((entry, i) => entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            ? (Text(path, $"{field}[{i}][0]", entry[0]), Text(path, $"{field}[{i}][1]", entry[1]))
            : throw new InvalidFileException(path, $"{field}[{i}]", "expected a pair of texts", "such as [\"1\", \"liver\"]"))]
        : throw new InvalidFileException(path, field, "expected a list", "list pairs such as [\"1\", \"liver\"]");

    private static Dictionary<string, string> Names(string path, JsonElement members) => members.ValueKind == JsonValueKind.Object
        ? members.EnumerateObject().ToDictionary(member => member.Name, member => Text(path, $"names.{member.Name}", member.Value))
        : throw new InvalidFileException(path, "names", "expected an object", "such as {\"kidney\": \"agg:kidney_left,kidney_right\"}");

    private static string Text(string path, string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new InvalidFileException(path, field, "expected a text", "put it in quotes");

    private static Tables ReadTables()
    {
        using Stream stream = typeof(LabelUnification).Assembly.GetManifestResourceStream(TablesResource)!;
        using JsonDocument document = JsonDocument.Parse(stream);
        SortedDictionary<string, (string Values, string Name)[]> datasets = new(StringComparer.Ordinal);
        foreach (JsonProperty dataset in document.RootElement.GetProperty("datasets").EnumerateObject())
            datasets[dataset.Name] = Table(TablesResource, dataset.Name, dataset.Value);
        return new Tables(Names(TablesResource, document.RootElement.GetProperty("names")), datasets);
    }

    private sealed record Tables(IReadOnlyDictionary<string, string> Names, SortedDictionary<string, (string Values, string Name)[]> Datasets);
}
