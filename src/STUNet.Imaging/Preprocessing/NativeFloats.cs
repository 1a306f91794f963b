using System.Buffers;
using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// A volume of floats outside of the managed heap: given back at once when disposed of, where an array would stay until a collection that nothing
/// may trigger while the network works.
/// </summary>
public sealed unsafe class NativeFloats : MemoryManager<float>
{
    private readonly int _length;
    private readonly CpuMemory? _owned;
    private readonly float* _first;

    /// <summary>Allocates a volume.</summary>
    /// <param name="size">Voxels per axis; at most as many as an index can count.</param>
    public NativeFloats(Int3 size)
    {
        // First: a size that is refused must not leave memory behind.
        _length = checked((int)size.Product);
        _owned = new CpuMemory(size.Product * sizeof(float));
        _first = (float*)_owned.Pointer;
    }

    /// <summary>A volume in memory that belongs to somebody else and outlives it.</summary>
    /// <param name="first">The first voxel.</param>
    /// <param name="size">Voxels per axis; at most as many as an index can count.</param>
    public NativeFloats(float* first, Int3 size)
    {
        _length = checked((int)size.Product);
        _first = first;
    }

    /// <inheritdoc/>
    public override Span<float> GetSpan() => new(_first, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_first + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _owned?.Dispose();
}
