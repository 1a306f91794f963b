using System.Runtime.Intrinsics;

namespace STUNet.Kernels;

/// <summary>Copies of the channels of one voxel, too short to pay for a call of the runtime's copy.</summary>
internal static unsafe class ShortCopy
{
    /// <summary>What <see cref="RunPastCaches"/> copies multiples of.</summary>
    public const int Multiple = 8;

    /// <summary>Copies some floats.</summary>
    public static void Run(float* source, float* target, int count)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            Vector256.Load(source + i).Store(target + i);
        for (; i < count; i++)
            target[i] = source[i];
    }

    /// <summary>Copies some floats to an address aligned to eight of them, past the caches (<see cref="PastCaches"/>).</summary>
    /// <param name="source">From where.</param>
    /// <param name="target">To where.</param>
    /// <param name="count">How many: a multiple of <see cref="Multiple"/>.</param>
    public static void RunPastCaches(float* source, float* target, int count)
    {
        for (int i = 0; i < count; i += Multiple)
            Vector256.Load(source + i).StoreAlignedNonTemporal(target + i);
    }
}
