using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>
/// Size, spacing and affine out of a header, by the rules nibabel applies: the sform where its code is valid, else the qform, else voxel sizes
/// around the centre of the volume with x flipped.
/// </summary>
internal static class NiftiGeometry
{
    // A quaternion stored as three binary32 components of a unit vector can exceed length 1 by a few rounding errors; w is 0 then.
    private const double LongestSquare = 1 + 1e-5;
    private const int LargestCode = 5;

    /// <summary>The geometry of a checked header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="header">The header; kept in the geometry.</param>
    public static VolumeGeometry Read(string path, NiftiHeader header)
    {
        Int3 size = Int3.From(axis => (int)SizeAlong(header, 3 - axis));
        double[] spacing = [.. Enumerable.Range(1, 3).Select(axis => SpacingAlong(path, header, axis))];
        Affine affine = IsValid(header.SformCode) ? ReadSform(path, header)
            : IsValid(header.QformCode) ? ReadQform(path, header, spacing)
            : Centred(size, spacing);
        return new VolumeGeometry(size, new Spacing(spacing[2], spacing[1], spacing[0]), affine, header);
    }

    private static bool IsValid(int code) => code is > 0 and <= LargestCode;

    private static long SizeAlong(NiftiHeader header, int axis) => axis <= header.Dim(0) ? header.Dim(axis) : 1;

    private static double SpacingAlong(string path, NiftiHeader header, int axis)
    {
        // Writers give lengths negative signs now and then; the direction is in the affine.
        double spacing = Math.Abs(header.PixDim(axis));
        if (spacing > 0 && double.IsFinite(spacing))
            return spacing;
        if (axis > header.Dim(0))
            return 1;
        throw new InvalidFileException(path, $"pixdim[{axis}]", $"the spacing {header.PixDim(axis):R} mm is not a positive number", "set the voxel size in the header");
    }

    private static Affine ReadSform(string path, NiftiHeader header)
    {
        double[] rows = new double[12];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = header.Srow(i / 4, i % 4);
            if (!double.IsFinite(rows[i]))
                throw new InvalidFileException(path, $"srow_{"xyz"[i / 4]}[{i % 4}]", $"{rows[i]} is not finite", "set sform_code to 0 or write a valid affine");
        }

        return new Affine(rows);
    }

    /// <summary>R(quaternion) diag(dx, dy, qfac dz), offset; w = sqrt(1 - b^2 - c^2 - d^2) (nifti1.h, method 2).</summary>
    private static Affine ReadQform(string path, NiftiHeader header, double[] spacing)
    {
        (double b, double c, double d) = (header.Quatern(0), header.Quatern(1), header.Quatern(2));
        double square = (b * b) + (c * c) + (d * d);
        if (!(square <= LongestSquare))
            throw new InvalidFileException(path, "quatern_b, c, d", $"the vector's squared length {square:R} exceeds 1", "set qform_code to 0 or write a valid qform");
        double a = Math.Sqrt(Math.Max(0, 1 - square));
        double s = 2 / ((a * a) + square);
        double qfac = header.PixDim(0) == -1 ? -1 : 1;
        double[] rotation =
        [
            1 - (s * ((c * c) + (d * d))), s * ((b * c) - (a * d)), s * ((b * d) + (a * c)),
            s * ((b * c) + (a * d)), 1 - (s * ((b * b) + (d * d))), s * ((c * d) - (a * b)),
            s * ((b * d) - (a * c)), s * ((c * d) + (a * b)), 1 - (s * ((b * b) + (c * c))),
        ];
        double[] rows = new double[12];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                rows[(row * 4) + column] = rotation[(row * 3) + column] * spacing[column] * (column == 2 ? qfac : 1);
            rows[(row * 4) + 3] = header.Qoffset(row);
            if (!double.IsFinite(header.Qoffset(row)))
                throw new InvalidFileException(path, $"qoffset_{"xyz"[row]}", $"{header.Qoffset(row)} is not finite", "set qform_code to 0 or write a valid qform");
        }

        return new Affine(rows);
    }

    private static Affine Centred(Int3 size, double[] spacing)
    {
        double x = -spacing[0];
        return new Affine(
        [
            x, 0, 0, -(size.W - 1) / 2.0 * x,
            0, spacing[1], 0, -(size.H - 1) / 2.0 * spacing[1],
            0, 0, spacing[2], -(size.D - 1) / 2.0 * spacing[2],
        ]);
    }
}
