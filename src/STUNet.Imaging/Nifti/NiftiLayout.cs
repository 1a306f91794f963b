namespace STUNet.Imaging.Nifti;

/// <summary>Byte positions of the header fields of one version of NIfTI (nifti1.h and nifti2.h); the fields of version 2 are wider and reordered.</summary>
internal sealed record NiftiLayout
{
    /// <summary>Bytes of <c>intent_name</c> in both versions.</summary>
    public const int IntentNameBytes = 16;

    public static readonly NiftiLayout Version1 = new()
    {
        Version = 1,
        Length = 348,
        Magic = 344,
        Dim = 40,
        DataType = 70,
        BitPix = 72,
        PixDim = 76,
        VoxOffset = 108,
        Slope = 112,
        Intercept = 116,
        CalMax = 124,
        CalMin = 128,
        QformCode = 252,
        SformCode = 254,
        Quatern = 256,
        Qoffset = 268,
        Srow = 280,
        IntentParameters = 56,
        IntentCode = 68,
        IntentName = 328,
        Units = 123,
    };

    public static readonly NiftiLayout Version2 = new()
    {
        Version = 2,
        Length = 540,
        Magic = 4,
        Dim = 16,
        DataType = 12,
        BitPix = 14,
        PixDim = 104,
        VoxOffset = 168,
        Slope = 176,
        Intercept = 184,
        CalMax = 192,
        CalMin = 200,
        QformCode = 344,
        SformCode = 348,
        Quatern = 352,
        Qoffset = 376,
        Srow = 400,
        IntentParameters = 80,
        IntentCode = 504,
        IntentName = 508,
        Units = 500,
    };

    public required int Version { get; init; }

    public required int Length { get; init; }

    public required int Magic { get; init; }

    public required int Dim { get; init; }

    public required int DataType { get; init; }

    public required int BitPix { get; init; }

    public required int PixDim { get; init; }

    public required int VoxOffset { get; init; }

    public required int Slope { get; init; }

    public required int Intercept { get; init; }

    public required int CalMax { get; init; }

    public required int CalMin { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    public required int Quatern { get; init; }

    public required int Qoffset { get; init; }

    public required int Srow { get; init; }

    public required int IntentParameters { get; init; }

    public required int IntentCode { get; init; }

    public required int IntentName { get; init; }

    public required int Units { get; init; }

    /// <summary>Bytes of a floating-point field: 4 in version 1, 8 in version 2.</summary>
    public int RealBytes => Version == 1 ? 4 : 8;

    /// <summary>Bytes of an entry of <c>dim</c>: 2 in version 1, 8 in version 2.</summary>
    public int DimBytes => Version == 1 ? 2 : 8;

    /// <summary>Bytes of <c>qform_code</c>, <c>sform_code</c>, <c>intent_code</c>.</summary>
    public int CodeBytes => Version == 1 ? 2 : 4;

    /// <summary>Where voxels of a single file start at the earliest: after the header and four bytes that announce extensions.</summary>
    public int FirstVoxelOffset => Length + 4;

    /// <summary>The magic of a single file, or of the header of a header/image pair.</summary>
    public ReadOnlySpan<byte> MagicBytes(bool single) => (Version, single) switch
    {
        (1, true) => "n+1\0"u8,
        (1, false) => "ni1\0"u8,
        (_, true) => "n+2\0\r\n\x1a\n"u8,
        _ => "ni2\0\r\n\x1a\n"u8,
    };
}
