namespace STUNet.Imaging;

/// <summary>Distances between voxel centres in millimetres, in the order (z, y, x). NIfTI-1 stores them as binary32, so 0.8 reads as 0.800000011920929.</summary>
/// <param name="Z">Along axis z, slowest.</param>
/// <param name="Y">Along axis y.</param>
/// <param name="X">Along axis x, fastest.</param>
public readonly record struct Spacing(double Z, double Y, double X)
{
    /// <summary>The distance along an axis, 0 = z, 1 = y, 2 = x.</summary>
    /// <param name="axis">The axis.</param>
    public double this[int axis] => axis switch { 0 => Z, 1 => Y, 2 => X, _ => throw new ArgumentOutOfRangeException(nameof(axis)) };

    /// <inheritdoc/>
    public override string ToString() => $"{Z:0.####}x{Y:0.####}x{X:0.####} mm";
}
