using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>A value of a JSON file that knows where it stands, so that every error names file and field.</summary>
internal readonly record struct JsonField(string Path, string Name, JsonElement Value)
{
    public JsonField this[string member] => Optional(member) ?? throw Child(member).Wrong("missing");

    public JsonField? Optional(string member)
    {
        if (Value.ValueKind != JsonValueKind.Object)
            throw Wrong("expected an object");
        return Value.TryGetProperty(member, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Child(member) with { Value = value } : null;
    }

    public IEnumerable<(string Key, JsonField Field)> Members()
    {
        if (Value.ValueKind != JsonValueKind.Object)
            throw Wrong("expected an object");
        JsonField self = this;
        return Value.EnumerateObject().Select(member => (member.Name, self.Child(member.Name) with { Value = member.Value }));
    }

    public ImmutableArray<T> List<T>(Func<JsonField, T> item, int min, int max)
    {
        if (Value.ValueKind != JsonValueKind.Array)
            throw Wrong("expected a list");
        int length = Value.GetArrayLength();
        if (length < min || length > max)
            throw Wrong(min == max ? $"expected {min} entries, found {length}" : $"expected {min} to {max} entries, found {length}");
        JsonField self = this;
        return [.. Value.EnumerateArray().Select((value, index) => item(new JsonField(self.Path, $"{self.Name}[{index}]", value)))];
    }

    public Int3 Triple()
    {
        ImmutableArray<int> list = List(item => item.Int(1, int.MaxValue), 3, 3);
        return new(list[0], list[1], list[2]);
    }

    public int Int(int min, int max) => (int)Long(min, max);

    public long Long(long min, long max)
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetInt64(out long number))
            throw Wrong("expected a whole number");
        return number >= min && number <= max ? number : throw Wrong($"expected {min} to {max}, found {number}");
    }

    public double Double()
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetDouble(out double number) || !double.IsFinite(number))
            throw Wrong("expected a finite number");
        return number;
    }

    public bool Bool() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("expected true or false"),
    };

    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong("expected a text");

    public T Choice<T>(params ReadOnlySpan<(string Text, T Value)> choices)
    {
        string text = Text();
        foreach ((string known, T value) in choices)
        {
            if (known == text)
                return value;
        }

        throw Wrong($"found \"{text}\"", $"expected one of {string.Join(", ", choices.ToArray().Select(choice => choice.Text))}");
    }

    public InvalidFileException Wrong(string problem, string hint = "") => new(Path, Name, problem, hint);

    private JsonField Child(string member) => new(Path, Name.Length == 0 ? member : $"{Name}.{member}", default);
}
