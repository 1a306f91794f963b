namespace STUNet.Training;

/// <summary>An ellipsoid of a phantom: centre and radii in mm, in the order (z, y, x) of the body.</summary>
internal readonly record struct PhantomEllipsoid((double Z, double Y, double X) Centre, (double Z, double Y, double X) Radius)
{
    private const double Shift = 6;
    private const double ShiftInSlice = 0.6;

    /// <summary>Draws an ellipsoid around its mean: the centre shifted by some millimetres, every radius by up to 15 %.</summary>
    public static PhantomEllipsoid Draw(SampleRandom random, (double Z, double Y, double X) centre, (double Z, double Y, double X) radius) => new(
        (centre.Z + Shift * random.Gaussian(), centre.Y + Shift * ShiftInSlice * random.Gaussian(), centre.X + Shift * ShiftInSlice * random.Gaussian()),
        (radius.Z * random.Uniform(0.85, 1.15), radius.Y * random.Uniform(0.85, 1.15), radius.X * random.Uniform(0.85, 1.15)));

    public bool Contains(double z, double y, double x)
    {
        (double a, double b, double c) = ((z - Centre.Z) / Radius.Z, (y - Centre.Y) / Radius.Y, (x - Centre.X) / Radius.X);
        return a * a + b * b + c * c < 1;
    }
}
