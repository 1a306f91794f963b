namespace STUNet.Core;

/// <summary>Three integers in the order (z, y, x): kernel sizes, strides, paddings, patch sizes, voxel positions.</summary>
/// <param name="D">Depth, axis z, slowest.</param>
/// <param name="H">Height, axis y.</param>
/// <param name="W">Width, axis x, fastest.</param>
public readonly record struct Int3(int D, int H, int W)
{
    /// <summary>(1, 1, 1).</summary>
    public static Int3 One => new(1, 1, 1);

    /// <summary>The product of the three.</summary>
    public long Product => (long)D * H * W;

    /// <summary>The component of an axis, 0 = z, 1 = y, 2 = x.</summary>
    /// <param name="axis">The axis.</param>
    public int this[int axis] => axis switch { 0 => D, 1 => H, 2 => W, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <summary>Builds the triple axis by axis.</summary>
    /// <param name="component">Gives the component of axis 0, 1, 2.</param>
    public static Int3 From(Func<int, int> component) => new(component(0), component(1), component(2));

    /// <summary>Where the element of a number stands in a block of this size, whose elements are counted in the order z, y, x.</summary>
    /// <param name="number">From 0.</param>
    public Int3 PositionOf(int number) => new(number / W / H, number / W % H, number % W);

    /// <inheritdoc/>
    public override string ToString() => $"{D}x{H}x{W}";
}
