namespace STUNet.Imaging.Nifti;

/// <summary>Facts about the field <c>datatype</c>.</summary>
internal static class NiftiVoxelTypes
{
    /// <summary>Bytes per voxel; 0 for a type that is not a supported scalar.</summary>
    public static int Bytes(NiftiVoxelType type) => type switch
    {
        NiftiVoxelType.UInt8 or NiftiVoxelType.Int8 => 1,
        NiftiVoxelType.Int16 or NiftiVoxelType.UInt16 => 2,
        NiftiVoxelType.Int32 or NiftiVoxelType.UInt32 or NiftiVoxelType.Float32 => 4,
        NiftiVoxelType.Int64 or NiftiVoxelType.UInt64 or NiftiVoxelType.Float64 => 8,
        _ => 0,
    };

    /// <summary>What the standard calls a type, for messages.</summary>
    public static string Describe(short code) => code switch
    {
        0 => "unknown",
        1 => "binary (1 bit)",
        32 => "complex64",
        128 => "RGB24",
        1536 => "float128",
        1792 => "complex128",
        2048 => "complex256",
        2304 => "RGBA32",
        _ => Enum.IsDefined((NiftiVoxelType)code) ? ((NiftiVoxelType)code).ToString().ToLowerInvariant() : "not a NIfTI type",
    };
}
