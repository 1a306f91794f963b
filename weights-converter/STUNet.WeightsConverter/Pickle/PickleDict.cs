using System.Diagnostics.CodeAnalysis;

namespace STUNet.WeightsConverter;

/// <summary>
/// A Python dict or OrderedDict: pairs in order of first insertion. Texts, numbers, truth values and None are keys by value; tuples and other
/// objects are keys by identity (nothing here looks them up).
/// </summary>
internal sealed class PickleDict
{
    private static readonly object None = new();

    private List<KeyValuePair<object?, object?>>? _pairs;
    private Dictionary<object, int>? _index;

    public int Count => _pairs?.Count ?? 0;

    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => _pairs is null ? [] : _pairs;

    public void Set(object? key, object? value)
    {
        _pairs ??= [];
        _index ??= [];
        if (_index.TryGetValue(key ?? None, out int at))
        {
            _pairs[at] = new(_pairs[at].Key, value);
            return;
        }

        _index.Add(key ?? None, _pairs.Count);
        _pairs.Add(new(key, value));
    }

    public bool TryGet(object key, [MaybeNullWhen(false)] out object? value)
    {
        if (_index is not null && _index.TryGetValue(key, out int at))
        {
            value = _pairs![at].Value;
            return true;
        }

        value = null;
        return false;
    }
}
