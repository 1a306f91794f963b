using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>The mirrorings of test-time augmentation in the reference's order: none, x, y, yx, z, zx, zy, zyx, without those of axes that are not mirrored.</summary>
internal static class MirrorPasses
{
    private static readonly FlipAxes[] Order =
    [
        FlipAxes.None, FlipAxes.X, FlipAxes.Y, FlipAxes.Y | FlipAxes.X, FlipAxes.Z, FlipAxes.Z | FlipAxes.X, FlipAxes.Z | FlipAxes.Y,
        FlipAxes.Z | FlipAxes.Y | FlipAxes.X,
    ];

    /// <summary>The passes over a window.</summary>
    /// <param name="axes">Axes that may be mirrored, of 0 (z), 1 (y), 2 (x).</param>
    public static ImmutableArray<FlipAxes> Over(IEnumerable<int> axes)
    {
        FlipAxes allowed = axes.Aggregate(FlipAxes.None, (sum, axis) => sum | (FlipAxes)(1 << axis));
        return [.. Order.Where(pass => (pass & ~allowed) == FlipAxes.None)];
    }
}
