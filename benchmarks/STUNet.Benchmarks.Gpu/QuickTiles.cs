using STUNet.Core;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The tiles that a quick run takes: where tensor cores are emulated, every tile takes a processor seconds to compile. Which one is taken changes no bit.</summary>
internal static class QuickTiles
{
    /// <summary>Whether a kernel is the one tile that every kind has and that narrow layers fill best, or no tile at all.</summary>
    public static bool Takes(IKernel kernel) =>
        !kernel.UsesTensorCores || !char.IsAsciiDigit(kernel.Name[^1]) || kernel.Name.EndsWith("_128x32", StringComparison.Ordinal);
}
