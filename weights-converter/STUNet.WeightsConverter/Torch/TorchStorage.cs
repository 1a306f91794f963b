using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>A run of elements in the file that tensors are views of.</summary>
internal sealed class TorchStorage(string key, ElementType? elementType, long elements)
{
    /// <summary>Its name in the archive.</summary>
    public string Key { get; } = key;

    /// <summary>Type of the elements; null for an untyped storage, whose elements are bytes.</summary>
    public ElementType? ElementType { get; } = elementType;

    /// <summary>Number of elements.</summary>
    public long Elements { get; } = elements;

    /// <summary>Bytes of one element.</summary>
    public int ElementSize => ElementType?.Size() ?? 1;

    public long ByteLength => Elements * ElementSize;

    /// <summary>Where the elements begin in the file; for the legacy format known only after the object was read.</summary>
    public long FileOffset { get; set; } = -1;

    /// <summary>Checks the bytes once before the first read; null when there is no checksum.</summary>
    public Lazy<bool>? Verified { get; set; }
}
