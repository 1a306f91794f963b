using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>Names of label values: JSON objects such as <c>{"0": "background", "1": "liver"}</c>.</summary>
public static class LabelNames
{
    private const string PublishedResource = "totalsegmentator_104.json";
    private const long MaxFileBytes = 16 << 20;

    private static readonly Lazy<ImmutableSortedDictionary<int, string>> Published = new(ReadPublished);

    /// <summary>The labels of the published models: background and the 104 structures of the TotalSegmentator data set.</summary>
    public static ImmutableSortedDictionary<int, string> TotalSegmentator => Published.Value;

    /// <summary>Reads a file of label names.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, no JSON object, or a key that is no label value.</exception>
    public static ImmutableSortedDictionary<int, string> Read(string path)
    {
        return Parse(path, RandomAccessFile.ReadAll(path, MaxFileBytes, "a file of label names"));
    }

    internal static ImmutableSortedDictionary<int, string> Read(JsonField field)
    {
        ImmutableSortedDictionary<int, string>.Builder labels = ImmutableSortedDictionary.CreateBuilder<int, string>();
        foreach ((string key, JsonField member) in field.Members())
        {
            bool isValue = int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= ushort.MaxValue;
            if (!isValue || !labels.TryAdd(value, member.Text()))
                throw member.Wrong("expected distinct label values 0 to 65535 as keys");
        }

        return labels.ToImmutable();
    }

    private static ImmutableSortedDictionary<int, string> Parse(string path, byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });
            return Read(new JsonField(path, "", document.RootElement));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new InvalidFileException(path, "", $"not JSON ({failure.Message.Split('\n')[0].TrimEnd('.', '\r')})", "", failure);
        }
    }

    private static ImmutableSortedDictionary<int, string> ReadPublished()
    {
        using Stream stream = typeof(LabelNames).Assembly.GetManifestResourceStream(PublishedResource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Parse(PublishedResource, bytes);
    }
}
