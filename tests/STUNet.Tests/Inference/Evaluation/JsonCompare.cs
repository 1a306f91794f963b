using System.Text;
using System.Text.Json;
using STUNet.Inference;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Compares JSON: same members, numbers within 1e-9 relative, NaN as "nan", "NaN" or the bare token.</summary>
internal static class JsonCompare
{
    private const double Relative = 1e-9;

    /// <summary>JSON with bare NaN.</summary>
    public static JsonElement Parse(string text) => JsonDocument.Parse(PythonJson.QuoteTokens(Encoding.UTF8.GetBytes(text))).RootElement;

    /// <summary>Asserts that all members of the expected value are there; members listed are left out.</summary>
    public static void Equal(JsonElement expected, JsonElement actual, string at = "", params string[] withoutNames)
    {
        if (IsNaN(expected) || IsNaN(actual))
        {
            Assert.True(IsNaN(expected) && IsNaN(actual), $"{at}: expected {expected}, got {actual}");
            return;
        }

        Assert.True(expected.ValueKind == actual.ValueKind, $"{at}: expected {expected}, got {actual}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                string[] names = [.. expected.EnumerateObject().Select(member => member.Name).Except(withoutNames).Order(StringComparer.Ordinal)];
                Assert.Equal(names, actual.EnumerateObject().Select(member => member.Name).Except(withoutNames).Order(StringComparer.Ordinal));
                foreach (string name in names)
                    Equal(expected.GetProperty(name), actual.GetProperty(name), $"{at}.{name}", withoutNames);
                break;
            case JsonValueKind.Array:
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{at}: {expected.GetArrayLength()} entries expected, got {actual.GetArrayLength()}");
                for (int i = 0; i < expected.GetArrayLength(); i++)
                    Equal(expected[i], actual[i], $"{at}[{i}]", withoutNames);
                break;
            case JsonValueKind.Number:
                Number(expected.GetDouble(), actual.GetDouble(), at);
                // A count of a case is a whole number in the text too.
                Assert.True(expected.GetRawText().Contains('.', StringComparison.Ordinal) == actual.GetRawText().Contains('.', StringComparison.Ordinal), $"{at}: {expected.GetRawText()} and {actual.GetRawText()}");
                break;
            default:
                Assert.Equal(expected.ToString(), actual.ToString());
                break;
        }
    }

    public static void Number(JsonElement expected, double actual, string at) =>
        Number(IsNaN(expected) ? double.NaN : expected.GetDouble(), actual, at);

    private static void Number(double expected, double actual, string at) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= Relative * Math.Abs(expected), $"{at}: expected {expected:R}, got {actual:R}");

    private static bool IsNaN(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString()!.Equals("nan", StringComparison.OrdinalIgnoreCase);
}
