using System.Runtime.InteropServices;

namespace STUNet.Core;

/// <summary>
/// Native memory of the CPU device, aligned to a cache line. Pages are taken from the system only when first written, large ones where it offers
/// them: a convolution walks through dozens of rows at a time, and with small pages every row would miss the translation cache.
/// </summary>
public sealed unsafe partial class CpuMemory : DeviceMemory
{
    private const int Alignment = 64;
    private const int LargePage = 2 << 20;
    private byte* _pointer;

    /// <summary>Allocates the block.</summary>
    /// <param name="byteLength">Size in bytes.</param>
    /// <exception cref="InsufficientResourcesException">The system has not that much memory.</exception>
    public CpuMemory(long byteLength)
        : base(byteLength)
    {
        try
        {
            bool isLarge = byteLength >= 2 * LargePage;
            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(byteLength, 1), isLarge ? LargePage : (nuint)Alignment);
            if (isLarge && OperatingSystem.IsLinux())
                AskForLargePages(_pointer, byteLength);
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

    // Advice: where the system does not know it, memory has small pages, and everything works.
    private static void AskForLargePages(byte* pointer, long byteLength)
    {
        const int HugePage = 14; // MADV_HUGEPAGE
        try
        {
            _ = Advise(pointer, (nuint)(byteLength / LargePage * LargePage), HugePage);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
