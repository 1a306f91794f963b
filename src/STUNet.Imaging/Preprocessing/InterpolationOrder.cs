namespace STUNet.Imaging.Preprocessing;

/// <summary>Spline order of an interpolation; the numeric value is the order as nnU-Net's plans write it.</summary>
public enum InterpolationOrder
{
    /// <summary>Nearest neighbour, exact ties to the larger index.</summary>
    Nearest = 0,

    /// <summary>Linear between the two neighbouring samples.</summary>
    Linear = 1,

    /// <summary>Interpolating cubic B-spline (prefiltered).</summary>
    Cubic = 3,
}
