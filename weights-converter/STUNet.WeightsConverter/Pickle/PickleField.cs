using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>A value of an unpickled object that knows where it stands, so that every error names file and field.</summary>
internal readonly record struct PickleField(string Path, string Name, object? Value)
{
    private const int MaxList = 1 << 20;

    public bool IsDict => Value is PickleDict;

    public PickleField this[string member] => Optional(member) ?? throw Child(member, null).Wrong("missing");

    /// <summary>A member of a dict; null when it is missing or None.</summary>
    public PickleField? Optional(string member)
    {
        if (Value is not PickleDict dict)
            throw Wrong($"expected a dict, found {PickleCalls.Describe(Value)}");
        return dict.TryGet(member, out object? value) && value is not null ? Child(member, value) : null;
    }

    /// <summary>The members of a dict; keys are texts or integers.</summary>
    public IEnumerable<(object Key, PickleField Field)> Members()
    {
        if (Value is not PickleDict dict)
            throw Wrong($"expected a dict, found {PickleCalls.Describe(Value)}");
        PickleField self = this;
        return dict.Pairs.Select(pair => pair.Key is string or long
            ? (pair.Key, self.Child(pair.Key.ToString()!, pair.Value))
            : throw self.Wrong($"{PickleCalls.Describe(pair.Key)} as a key"));
    }

    /// <summary>The members of a dict whose keys are the integers 0 to count - 1, in that order; keys written as text count as integers.</summary>
    public ImmutableArray<T> Indexed<T>(int count, Func<PickleField, T> item)
    {
        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>(count);
        for (int i = 0; i < count; i++)
            items.Add(item(OptionalAt(i) ?? throw Wrong($"no entry for channel {i}")));
        return items.ToImmutable();
    }

    /// <summary>The entry of a dict for an integer key, also written as text; null when it is missing or None.</summary>
    public PickleField? OptionalAt(long index)
    {
        if (Value is not PickleDict dict)
            throw Wrong($"expected a dict, found {PickleCalls.Describe(Value)}");
        string text = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return (dict.TryGet(index, out object? value) || dict.TryGet(text, out value)) && value is not null ? Child(text, value) : null;
    }

    /// <summary>The items of a list, tuple or array; rows of a two-dimensional array are lists.</summary>
    public ImmutableArray<T> List<T>(Func<PickleField, T> item, int min = 0, int max = MaxList)
    {
        IReadOnlyList<object?> items = Value switch
        {
            PickleList list => list.Items,
            PickleTuple tuple => tuple.Items,
            NumpyArray { Shape.Length: 1 } array => array.Items,
            NumpyArray { Shape.Length: 2 } array => Rows(array),
            _ => throw Wrong($"expected a list, found {PickleCalls.Describe(Value)}"),
        };
        if (items.Count < min || items.Count > max)
            throw Wrong(min == max ? $"expected {min} values, found {items.Count}" : $"expected {min} to {max} values, found {items.Count}");
        PickleField self = this;
        return [.. items.Select((value, index) => item(new PickleField(self.Path, $"{self.Name}[{index}]", value)))];
    }

    public Int3 Triple(int most = int.MaxValue)
    {
        ImmutableArray<int> list = List(item => item.Int(1, most), 3, 3);
        return new(list[0], list[1], list[2]);
    }

    public int Int(int min, int max)
    {
        long number = Value switch
        {
            long integer => integer,
            double real when real == Math.Floor(real) && Math.Abs(real) < 1e15 => (long)real,
            _ => throw Wrong($"expected a whole number, found {PickleCalls.Describe(Value)}"),
        };
        return number >= min && number <= max ? (int)number : throw Wrong($"expected {min} to {max}, found {number}");
    }

    public double Double()
    {
        double number = Value switch
        {
            long integer => integer,
            double real => real,
            _ => throw Wrong($"expected a number, found {PickleCalls.Describe(Value)}"),
        };
        return double.IsFinite(number) ? number : throw Wrong($"expected a finite number, found {number}");
    }

    public bool Bool() => Value switch
    {
        bool truth => truth,
        0L => false,
        1L => true,
        _ => throw Wrong($"expected True or False, found {PickleCalls.Describe(Value)}"),
    };

    public string Text() => Value as string ?? throw Wrong($"expected a text, found {PickleCalls.Describe(Value)}");

    public InvalidFileException Wrong(string problem, string hint = "") => new(Path, Name, problem, hint);

    private static IReadOnlyList<object?> Rows(NumpyArray array)
    {
        List<object?> rows = [];
        for (int row = 0; row < array.Shape[0] && array.Shape[1] > 0; row++)
            rows.Add(new PickleTuple(array.Items[(row * array.Shape[1])..((row + 1) * array.Shape[1])]));
        return rows;
    }

    private PickleField Child(string member, object? value) => new(Path, Name.Length == 0 ? member : $"{Name}.{member}", value);
}
