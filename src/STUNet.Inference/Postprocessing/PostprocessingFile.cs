using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Reads <c>postprocessing.json</c> of nnU-Net v1 (<c>for_which_classes</c>, <c>min_valid_object_sizes</c>) and v2 (<c>postprocessing_fns</c>,
/// <c>postprocessing_kwargs</c>). v2 itself applies a pickle that says the same; a pickle can hold any program, so this form is the only one used here.
/// </summary>
public static class PostprocessingFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "postprocessing.json";

    /// <summary>The one function of v2.</summary>
    internal const string KeepLargestV2 = "remove_all_but_largest_component_from_segmentation";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, or in neither form; the message names the field.</exception>
    public static LabelPostprocessing Read(string path) => PythonJson.Read(path, root => Of(path, root));

    /// <summary>A label as a number, a region as a list.</summary>
    internal static object Json(LabelOrRegion what) => what.IsRegion ? what.Labels.Select(label => (object)label).ToArray() : what.Labels[0];

    private static LabelPostprocessing Of(string path, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("for_which_classes", out JsonElement classes))
            return V1(path, root, classes);
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("postprocessing_fns", out JsonElement functions))
            return V2(path, root, functions);
        throw new InvalidFileException(
            path, "", "neither for_which_classes (nnU-Net v1) nor postprocessing_fns (v2) is there", "give a postprocessing.json of nnU-Net or of stunet postprocess");
    }

    private static LabelPostprocessing V1(string path, JsonElement root, JsonElement classes)
    {
        ObjectSizes sizes = root.TryGetProperty(ObjectSizes.Field, out JsonElement text)
            ? ObjectSizes.Parse(path, text)
            : ObjectSizes.None;
        List<KeepLargest> steps = [];
        foreach ((string field, JsonElement item) in Items(path, "for_which_classes", classes))
        {
            LabelOrRegion what = Labels(path, field, item);
            steps.Add(new KeepLargest(what, VoxelNeighbours.Faces, sizes.Of(path, what)));
        }

        return new LabelPostprocessing(NnunetVersion.V1, [.. steps]);
    }

    private static LabelPostprocessing V2(string path, JsonElement root, JsonElement functions)
    {
        if (!root.TryGetProperty("postprocessing_kwargs", out JsonElement arguments))
            throw new InvalidFileException(path, "postprocessing_kwargs", "missing", "write the file again");
        (string Field, JsonElement Item)[] names = Items(path, "postprocessing_fns", functions);
        (string Field, JsonElement Item)[] values = Items(path, "postprocessing_kwargs", arguments);
        if (names.Length != values.Length)
            throw new InvalidFileException(path, "postprocessing_kwargs", $"{values.Length} entries for {names.Length} functions", "write the file again");
        foreach ((string field, JsonElement name) in names)
        {
            if (name.ValueKind != JsonValueKind.String || name.GetString() != KeepLargestV2)
                throw new InvalidFileException(path, field, $"'{name}' is not known", $"only {KeepLargestV2} is");
        }

        return LabelPostprocessing.Of(NnunetVersion.V2, values.Select(value =>
            value.Item.ValueKind == JsonValueKind.Object && value.Item.TryGetProperty("labels_or_regions", out JsonElement what)
                ? Labels(path, $"{value.Field}.labels_or_regions", what)
                : throw new InvalidFileException(path, $"{value.Field}.labels_or_regions", "missing", "write the file again")).ToArray());
    }

    /// <summary>A label, a list of labels, or a list of lists: always their union.</summary>
    private static LabelOrRegion Labels(string path, string field, JsonElement value)
    {
        LabelOrRegion what = value.ValueKind == JsonValueKind.Array
            ? LabelOrRegion.Region(Flat(path, field, value).ToImmutableArray())
            : LabelOrRegion.Label(Label(path, field, value));
        return what.Contains(0) ? throw new InvalidFileException(path, field, "label 0, the background, cannot be postprocessed", "take it out") : what;
    }

    private static List<uint> Flat(string path, string field, JsonElement list)
    {
        List<uint> labels = [];
        foreach ((string name, JsonElement item) in Items(path, field, list))
        {
            if (item.ValueKind == JsonValueKind.Array)
                labels.AddRange(Flat(path, name, item));
            else
                labels.Add(Label(path, name, item));
        }

        return labels.Count > 0 ? labels : throw new InvalidFileException(path, field, "an empty list", "list labels");
    }

    private static uint Label(string path, string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out uint label) && label <= LabelOrRegion.LargestLabel
            ? label
            : throw new InvalidFileException(path, field, $"'{value}' is not a label", $"labels are whole numbers from 1 to {LabelOrRegion.LargestLabel}");

    private static (string Field, JsonElement Item)[] Items(string path, string field, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select((item, i) => ($"{field}[{i}]", item))]
        : throw new InvalidFileException(path, field, "expected a list", "write the file again");
}
