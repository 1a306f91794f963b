using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// When to store with <see cref="IVectorIsa{V}.StoreNonTemporal"/>: an output larger than the caches has left them before anything reads it, and storing
/// past them spares reading it first.
/// </summary>
internal static class PastCaches
{
    private const long CacheBytes = 16 << 20;

    /// <summary>Whether an output is that large. Depends on its shape only.</summary>
    /// <param name="output">The output.</param>
    public static bool Suits(TensorDesc output) => output.ByteLength > CacheBytes;

    /// <summary>Orders the stores of a piece of work before its end: fences alone do that for non-temporal ones.</summary>
    public static void Fence() => Interlocked.MemoryBarrier();
}
