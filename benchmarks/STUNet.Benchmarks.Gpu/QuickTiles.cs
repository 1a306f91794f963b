using STUNet.Core;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The tiles that a quick run takes: where tensor cores are emulated, every tile takes a processor seconds to compile. Which one of a family is taken changes no bit.</summary>
internal static class QuickTiles
{
    /// <summary>Whether a kernel is the one tile that every family has and that narrow layers fill best, of a family that no other can stand in for, or no tile at all.</summary>
    public static bool Takes(IKernel kernel) => kernel.TileFamily.Length == 0 || (kernel.Name.EndsWith("_128x32", StringComparison.Ordinal) && !IsReplaceable(kernel));

    // Tiles of rows compute what those of boxes and of upsampled sources do.
    private static bool IsReplaceable(IKernel kernel) =>
        kernel.TileFamily.StartsWith("ForwardHalo", StringComparison.Ordinal) || kernel.TileFamily.StartsWith("ForwardUpsampled", StringComparison.Ordinal);
}
