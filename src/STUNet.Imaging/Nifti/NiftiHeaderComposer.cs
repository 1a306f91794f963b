namespace STUNet.Imaging.Nifti;

/// <summary>
/// The header of a file to be written. A geometry that was read keeps its header's bytes, version and byte order; only what describes the
/// voxels is replaced. Other geometries get a little-endian header with sform and, where one exists, qform.
/// </summary>
internal static class NiftiHeaderComposer
{
    private const byte Millimetres = 2;
    private const int ScannerAnatomical = 1;
    private const int ReservedAxes = 7;

    /// <summary>Composes the header of a single file.</summary>
    public static NiftiHeader Compose(VolumeGeometry geometry, NiftiVoxelType type)
    {
        NiftiHeader header = geometry.Header?.Clone() ?? FromGeometry(geometry);
        NiftiLayout layout = header.Layout;
        header.SetMagic(single: true);
        header.DataType = type;
        header.BitPix = 8 * NiftiVoxelTypes.Bytes(type);
        header.VoxOffset = layout.FirstVoxelOffset;
        header.Slope = 1;
        header.Intercept = 0;
        header.Clear(layout.CalMax, layout.RealBytes);
        header.Clear(layout.CalMin, layout.RealBytes);
        header.Clear(layout.IntentParameters, 3 * layout.RealBytes);
        header.Clear(layout.IntentCode, layout.CodeBytes);
        header.Clear(layout.IntentName, NiftiLayout.IntentNameBytes);
        return header;
    }

    private static NiftiHeader FromGeometry(VolumeGeometry geometry)
    {
        (int depth, int height, int width) = geometry.Size;
        NiftiLayout layout = Math.Max(depth, Math.Max(height, width)) <= short.MaxValue ? NiftiLayout.Version1 : NiftiLayout.Version2;
        NiftiHeader header = new(layout, bigEndian: false, new byte[layout.Length]);
        header.SetInteger(0, sizeof(int), layout.Length);
        long[] dim = [3, width, height, depth];
        double[] pixDim = [1, geometry.Spacing.X, geometry.Spacing.Y, geometry.Spacing.Z];
        for (int axis = 0; axis <= ReservedAxes; axis++)
        {
            header.SetDim(axis, axis < dim.Length ? dim[axis] : 1);
            header.SetPixDim(axis, axis < pixDim.Length ? pixDim[axis] : 1);
        }

        header.SetInteger(layout.Units, 1, Millimetres);
        header.SformCode = ScannerAnatomical;
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 4; column++)
                header.SetSrow(row, column, geometry.Affine[row, column]);
        }

        if (NiftiQuaternion.Of(geometry.Affine, geometry.Spacing) is { } quaternion)
        {
            header.QformCode = ScannerAnatomical;
            header.SetPixDim(0, quaternion.Qfac);
            header.SetQform(quaternion, geometry.Affine);
        }

        return header;
    }
}
