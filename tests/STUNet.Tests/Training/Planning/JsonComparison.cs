using System.Text.Json;

namespace STUNet.Tests.Training.Planning;

/// <summary>Comparison of JSON files field by field, whatever the order of an object's members.</summary>
internal static class JsonComparison
{
    public static JsonElement Load(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>Asserts equal structure, texts and numbers.</summary>
    /// <param name="expected">What is expected.</param>
    /// <param name="actual">What is there.</param>
    /// <param name="tolerance">Allowed distance of a number, given its path and expected value; null for equal to the last bit.</param>
    /// <param name="path">Where the values stand.</param>
    public static void Equal(JsonElement expected, JsonElement actual, Func<string, double, double>? tolerance = null, string path = "$")
    {
        Assert.True(expected.ValueKind == actual.ValueKind, $"{path}: expected {expected.GetRawText()}, found {actual.GetRawText()}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(
                    expected.EnumerateObject().Select(member => $"{path}.{member.Name}").Order(StringComparer.Ordinal),
                    actual.EnumerateObject().Select(member => $"{path}.{member.Name}").Order(StringComparer.Ordinal));
                foreach (JsonProperty member in expected.EnumerateObject())
                    Equal(member.Value, actual.GetProperty(member.Name), tolerance, $"{path}.{member.Name}");
                break;
            case JsonValueKind.Array:
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path}: expected {expected.GetArrayLength()} entries, found {actual.GetArrayLength()}");
                for (int i = 0; i < expected.GetArrayLength(); i++)
                    Equal(expected[i], actual[i], tolerance, $"{path}[{i}]");
                break;
            case JsonValueKind.Number:
                double number = expected.GetDouble();
                double allowed = tolerance?.Invoke(path, number) ?? 0;
                Assert.True(Math.Abs(actual.GetDouble() - number) <= allowed, $"{path}: expected {expected.GetRawText()}, found {actual.GetRawText()}, allowed {allowed:E1}");
                break;
            case JsonValueKind.String:
                // Escapes are a matter of taste: texts are compared, not how they are written.
                Assert.True(expected.GetString() == actual.GetString(), $"{path}: expected {expected.GetRawText()}, found {actual.GetRawText()}");
                break;
            default:
                Assert.True(expected.GetRawText() == actual.GetRawText(), $"{path}: expected {expected.GetRawText()}, found {actual.GetRawText()}");
                break;
        }
    }
}
