namespace STUNet.Kernels;

/// <summary>Sizes in whole cache lines.</summary>
internal static class CacheLine
{
    private const int Bytes = 64;

    /// <summary>Bytes rounded up to whole lines: where the next part of a scratch memory starts.</summary>
    /// <param name="bytes">Bytes.</param>
    public static long RoundUp(long bytes) => (bytes + Bytes - 1) & -Bytes;

    /// <summary>Floats rounded up to an odd number of lines: rows that far apart do not share a few sets of a cache.</summary>
    /// <param name="floats">Floats.</param>
    public static int OddLines(int floats) => (int)(RoundUp((long)floats * sizeof(float)) / Bytes | 1) * (Bytes / sizeof(float));
}
