namespace STUNet.Training;

/// <summary>A rotation as three angles in radians about the array axes 0, 1 and 2.</summary>
/// <param name="About0">About axis 0; in the plane of axes 1 and 2 the only one.</param>
/// <param name="About1">About axis 1.</param>
/// <param name="About2">About axis 2.</param>
public readonly record struct RotationAngles(double About0, double About1, double About2)
{
    /// <summary>The product R0 R1 R2, row by row; a position is a row vector and multiplied from the left.</summary>
    public double[] Matrix()
    {
        (double s0, double c0) = (Math.Sin(About0), Math.Cos(About0));
        (double s1, double c1) = (Math.Sin(About1), Math.Cos(About1));
        (double s2, double c2) = (Math.Sin(About2), Math.Cos(About2));
        return Product(Product([1, 0, 0, 0, c0, -s0, 0, s0, c0], [c1, 0, s1, 0, 1, 0, -s1, 0, c1]), [c2, -s2, 0, s2, c2, 0, 0, 0, 1]);
    }

    private static double[] Product(double[] a, double[] b)
    {
        double[] product = new double[9];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
                product[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
        }

        return product;
    }
}
