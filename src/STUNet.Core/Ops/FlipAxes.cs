namespace STUNet.Core;

/// <summary>Axes along which a window is mirrored.</summary>
[Flags]
public enum FlipAxes
{
    /// <summary>Not mirrored.</summary>
    None = 0,

    /// <summary>Axis z (0).</summary>
    Z = 1,

    /// <summary>Axis y (1).</summary>
    Y = 2,

    /// <summary>Axis x (2).</summary>
    X = 4,
}
