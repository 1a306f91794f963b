namespace STUNet.WeightsConverter;

/// <summary>A Python tuple; compared by identity, so that hostile nesting costs nothing.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public static readonly PickleTuple Empty = new([]);

    public object?[] Items { get; } = items;

    public int Count => Items.Length;

    public object? this[int index] => Items[index];
}
