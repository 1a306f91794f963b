using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>Writes JSON as nnU-Net does: four spaces of indent, and floats that stay floats in Python (250.0, not 250).</summary>
internal static class NnunetJson
{
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, IndentSize = 4, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, JsonNode root) => AtomicFile.WriteText(path, root.ToJsonString(Format) + "\n");

    public static JsonNode Float(double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(shortest.AsSpan().ContainsAny('.', 'E') ? shortest : shortest + ".0")!;
    }

    public static JsonArray Floats(IEnumerable<double> values) => [.. values.Select(Float)];

    public static JsonArray Integers(IEnumerable<int> values) => [.. values.Select(value => (JsonNode)value)];

    public static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];

    public static JsonArray Rows(IEnumerable<IEnumerable<int>> rows) => [.. rows.Select(Integers)];
}
