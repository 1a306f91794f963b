using System.Runtime.InteropServices;

namespace STUNet.Core;

/// <summary>Native memory of the CPU device, aligned to a cache line. Pages are taken from the system only when first written.</summary>
public sealed unsafe class CpuMemory : DeviceMemory
{
    private const int Alignment = 64;
    private byte* _pointer;

    /// <summary>Allocates the block.</summary>
    /// <param name="byteLength">Size in bytes.</param>
    /// <exception cref="InsufficientResourcesException">The system has not that much memory.</exception>
    public CpuMemory(long byteLength)
        : base(byteLength)
    {
        try
        {
            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(byteLength, 1), Alignment);
        }
        catch (OutOfMemoryException cause)
        {
            throw new InsufficientResourcesException(
                $"The system refused {byteLength / 1048576.0:F0} MiB of memory; close other programs, or use a smaller model or patch.", cause);
        }
    }

    /// <summary>The first byte.</summary>
    public byte* Pointer => _pointer;

    /// <inheritdoc/>
    public override void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
