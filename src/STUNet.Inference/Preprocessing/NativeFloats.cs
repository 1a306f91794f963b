using System.Buffers;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// A volume of floats outside of the managed heap: given back at once when disposed of, where an array would stay until a collection that nothing
/// may trigger while the network works.
/// </summary>
/// <param name="size">Voxels per axis; at most as many as an index can count.</param>
internal sealed unsafe class NativeFloats(Int3 size) : MemoryManager<float>
{
    // First: a size that is refused must not leave memory behind.
    private readonly int _length = checked((int)size.Product);
    private readonly CpuMemory _memory = new(size.Product * sizeof(float));

    /// <inheritdoc/>
    public override Span<float> GetSpan() => new(_memory.Pointer, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((float*)_memory.Pointer + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();
}
