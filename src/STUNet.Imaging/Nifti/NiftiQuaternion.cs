namespace STUNet.Imaging.Nifti;

/// <summary>The qform of an affine: a rotation as the vector part of a unit quaternion with w >= 0, and the sign of the third axis (nifti1.h, method 2).</summary>
/// <param name="B">x component.</param>
/// <param name="C">y component.</param>
/// <param name="D">z component.</param>
/// <param name="Qfac">1, or -1 where the axes are left-handed.</param>
internal readonly record struct NiftiQuaternion(double B, double C, double D, int Qfac)
{
    // A shear beyond this is not a rounding error of binary32 direction cosines, and a qform cannot hold it.
    private const double LargestShear = 1e-5;

    /// <summary>The quaternion, or null where the affine is not a rotation (and a flip) times the spacing.</summary>
    public static NiftiQuaternion? Of(Affine affine, Spacing spacing)
    {
        double[,] r = new double[3, 3];
        for (int column = 0; column < 3; column++)
        {
            for (int row = 0; row < 3; row++)
                r[row, column] = affine[row, column] / spacing[2 - column];
        }

        for (int a = 0; a < 3; a++)
        {
            for (int b = a; b < 3; b++)
            {
                double dot = (r[0, a] * r[0, b]) + (r[1, a] * r[1, b]) + (r[2, a] * r[2, b]);
                if (!(Math.Abs(dot - (a == b ? 1 : 0)) <= LargestShear))
                    return null;
            }
        }

        int qfac = Determinant(r) > 0 ? 1 : -1;
        for (int row = 0; row < 3; row++)
            r[row, 2] *= qfac;
        return OfRotation(r, qfac);
    }

    /// <summary>Shepperd's method: divide by the largest of the four components.</summary>
    private static NiftiQuaternion OfRotation(double[,] r, int qfac)
    {
        double trace = r[0, 0] + r[1, 1] + r[2, 2];
        if (trace > 0)
        {
            double fourW = 2 * Math.Sqrt(1 + trace);
            return new((r[2, 1] - r[1, 2]) / fourW, (r[0, 2] - r[2, 0]) / fourW, (r[1, 0] - r[0, 1]) / fourW, qfac);
        }

        int i = r[0, 0] >= r[1, 1] && r[0, 0] >= r[2, 2] ? 0 : r[1, 1] >= r[2, 2] ? 1 : 2;
        (int j, int k) = ((i + 1) % 3, (i + 2) % 3);
        double fourLargest = 2 * Math.Sqrt(1 + r[i, i] - r[j, j] - r[k, k]);
        double sign = r[k, j] - r[j, k] < 0 ? -1 : 1;
        double[] vector = new double[3];
        vector[i] = sign * fourLargest / 4;
        vector[j] = sign * (r[i, j] + r[j, i]) / fourLargest;
        vector[k] = sign * (r[i, k] + r[k, i]) / fourLargest;
        return new(vector[0], vector[1], vector[2], qfac);
    }

    private static double Determinant(double[,] m) =>
        (m[0, 0] * ((m[1, 1] * m[2, 2]) - (m[1, 2] * m[2, 1])))
        - (m[0, 1] * ((m[1, 0] * m[2, 2]) - (m[1, 2] * m[2, 0])))
        + (m[0, 2] * ((m[1, 0] * m[2, 1]) - (m[1, 1] * m[2, 0])));
}
