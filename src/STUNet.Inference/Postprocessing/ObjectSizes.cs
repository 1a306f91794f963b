using System.Buffers;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// The least sizes (mm^3) of components that v1 keeps beside the largest, by class. nnU-Net writes them as the text of a Python value: <c>None</c>, or a
/// dictionary such as <c>{1: 250.0, (2, 3): 1e3}</c>.
/// </summary>
internal sealed class ObjectSizes
{
    /// <summary>The field of postprocessing.json.</summary>
    public const string Field = "min_valid_object_sizes";

    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.eE+-");
    private readonly IReadOnlyDictionary<string, double>? _sizes;

    private ObjectSizes(IReadOnlyDictionary<string, double>? sizes) => _sizes = sizes;

    /// <summary>Only the largest component is kept.</summary>
    public static ObjectSizes None { get; } = new(null);

    /// <summary>Reads the text.</summary>
    /// <exception cref="InvalidFileException">It is neither None nor such a dictionary.</exception>
    public static ObjectSizes Parse(string path, JsonElement value)
    {
        string text = value.ValueKind switch { JsonValueKind.Null => "None", JsonValueKind.String => value.GetString()!, _ => "" };
        if (text.Trim() == "None")
            return None;
        return Dictionary(text) is { } sizes
            ? new ObjectSizes(sizes)
            : throw new InvalidFileException(path, Field, $"'{value}' is neither None nor a dictionary of sizes", "write it like {1: 250.0, (2, 3): 1000.0}");
    }

    /// <summary>The least size for a class; null where all but the largest go.</summary>
    /// <exception cref="InvalidFileException">There are sizes, but none for this class.</exception>
    public double? Of(string path, LabelOrRegion what)
    {
        if (_sizes is null)
            return null;
        return _sizes.TryGetValue(what.Key, out double size)
            ? size
            : throw new InvalidFileException(path, Field, $"no size for {what.Key}, which is in for_which_classes", "add it, or write None");
    }

    private static Dictionary<string, double>? Dictionary(ReadOnlySpan<char> text)
    {
        Dictionary<string, double> sizes = [];
        if (!Take(ref text, '{'))
            return null;
        while (!Take(ref text, '}'))
        {
            string? key = Key(ref text);
            if (key is null || !Take(ref text, ':') || !double.TryParse(Word(ref text), NumberStyles.Float, CultureInfo.InvariantCulture, out double size))
                return null;
            sizes[key] = size;
            if (!Take(ref text, ',') && !text.TrimStart().StartsWith('}'))
                return null;
        }

        return text.IsWhiteSpace() ? sizes : null;
    }

    /// <summary>A number or a tuple of numbers, as the key of the label or region.</summary>
    private static string? Key(ref ReadOnlySpan<char> text)
    {
        if (!Take(ref text, '('))
            return Label(ref text) is { } label ? LabelOrRegion.Label(label).Key : null;
        List<uint> labels = [];
        while (!Take(ref text, ')'))
        {
            if (Label(ref text) is not { } label)
                return null;
            labels.Add(label);
            if (!Take(ref text, ',') && !text.TrimStart().StartsWith(')'))
                return null;
        }

        return labels.Count > 0 ? LabelOrRegion.Region(labels).Key : null;
    }

    private static uint? Label(ref ReadOnlySpan<char> text) =>
        uint.TryParse(Word(ref text), NumberStyles.None, CultureInfo.InvariantCulture, out uint label) && label <= LabelOrRegion.LargestLabel ? label : null;

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        int end = text.IndexOfAnyExcept(OfNumbers);
        ReadOnlySpan<char> word = end < 0 ? text : text[..end];
        text = text[word.Length..];
        return word;
    }

    private static bool Take(ref ReadOnlySpan<char> text, char letter)
    {
        ReadOnlySpan<char> rest = text.TrimStart();
        bool isThere = rest.StartsWith(letter);
        text = isThere ? rest[1..] : text;
        return isThere;
    }
}
