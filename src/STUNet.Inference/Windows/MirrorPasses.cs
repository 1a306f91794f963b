using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>The mirrorings of test-time augmentation in a reference's order, which decides on the last bits of sums.</summary>
internal sealed class MirrorPasses
{
    private readonly FlipAxes[] _order;

    private MirrorPasses(params FlipAxes[] order) => _order = order;

    /// <summary>None, x, y, yx, z, zx, zy, zyx.</summary>
    public static MirrorPasses Version1 { get; } = new(
        FlipAxes.None, FlipAxes.X, FlipAxes.Y, FlipAxes.Y | FlipAxes.X, FlipAxes.Z, FlipAxes.Z | FlipAxes.X, FlipAxes.Z | FlipAxes.Y,
        FlipAxes.Z | FlipAxes.Y | FlipAxes.X);

    /// <summary>None, z, y, x, zy, zx, yx, zyx.</summary>
    public static MirrorPasses Version2 { get; } = new(
        FlipAxes.None, FlipAxes.Z, FlipAxes.Y, FlipAxes.X, FlipAxes.Z | FlipAxes.Y, FlipAxes.Z | FlipAxes.X, FlipAxes.Y | FlipAxes.X,
        FlipAxes.Z | FlipAxes.Y | FlipAxes.X);

    /// <summary>The passes over a window, without those of axes that are not mirrored.</summary>
    /// <param name="axes">Axes that may be mirrored, of 0 (z), 1 (y), 2 (x).</param>
    public ImmutableArray<FlipAxes> Over(IEnumerable<int> axes)
    {
        FlipAxes allowed = axes.Aggregate(FlipAxes.None, (sum, axis) => sum | (FlipAxes)(1 << axis));
        return [.. _order.Where(pass => (pass & ~allowed) == FlipAxes.None)];
    }
}
