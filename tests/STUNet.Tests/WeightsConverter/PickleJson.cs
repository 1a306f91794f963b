using System.Text.Json;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Compares an unpickled object with the JSON a manifest states it in: keys as text, arrays and tuples as lists, None as null or "None".</summary>
internal static class PickleJson
{
    public static void AssertEqual(JsonElement expected, object? actual, string at)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                PickleDict dict = Assert.IsType<PickleDict>(actual);
                Dictionary<string, object?> members = dict.Pairs.ToDictionary(pair => pair.Key!.ToString()!, pair => pair.Value);
                Assert.Equal(expected.EnumerateObject().Select(member => member.Name).Order(), members.Keys.Order());
                foreach (JsonProperty member in expected.EnumerateObject())
                    AssertEqual(member.Value, members[member.Name], $"{at}.{member.Name}");
                break;
            case JsonValueKind.Array:
                IReadOnlyList<object?> items = actual switch
                {
                    PickleList list => list.Items,
                    PickleTuple tuple => tuple.Items,
                    NumpyArray { Shape.Length: 1 } array => array.Items,
                    _ => throw new InvalidOperationException($"{at}: a list was expected, found {actual}"),
                };
                Assert.Equal(expected.GetArrayLength(), items.Count);
                for (int i = 0; i < items.Count; i++)
                    AssertEqual(expected[i], items[i], $"{at}[{i}]");
                break;
            case JsonValueKind.Number:
                double number = actual is long integer ? integer : Assert.IsType<double>(actual);
                Assert.True(expected.GetDouble() == number, $"{at}: expected {expected}, found {number:R}");
                break;
            case JsonValueKind.String:
                Assert.Equal(expected.GetString(), actual ?? "None");
                break;
            default:
                object? value = expected.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
                Assert.Equal(value, actual);
                break;
        }
    }
}
