using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>The run arguments of a case that reads or writes outside of the plan.</summary>
/// <param name="Origin">First voxel of the window (z, y, x).</param>
/// <param name="Flip">Mirrored axes.</param>
/// <param name="Volume">Size of the source, and of the accumulator along y and x (z, y, x).</param>
/// <param name="RingDepth">Depth of the accumulator ring.</param>
/// <param name="Channels">Channels of the source; elements per voxel of the accumulator.</param>
/// <param name="Weight">Factor on every probability.</param>
public sealed record WindowCase(Int3 Origin, FlipAxes Flip, Int3 Volume, int RingDepth, int Channels, float Weight)
{
    /// <summary>The first slice of the export grid that is labelled.</summary>
    public int FirstSlice { get; init; }

    /// <summary>The number of slices that are labelled.</summary>
    public int SliceCount { get; init; }

    /// <summary>What the accumulator holds, [ring slice, H, W, channels]; null for uniform values in [-1, 1).</summary>
    public Func<float[]>? Sums { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"at{Origin}_flip{(int)Flip}_in{Volume}_ring{RingDepth}";
}
