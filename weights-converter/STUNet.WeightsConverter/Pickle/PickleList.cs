namespace STUNet.WeightsConverter;

/// <summary>A Python list, set or frozenset.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}
