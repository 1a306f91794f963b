namespace STUNet.Tests.Imaging;

/// <summary>Header positions written out again from nifti1.h and nifti2.h, so that tests do not share the product's table.</summary>
internal static class NiftiFields
{
    private static readonly (string Name, int Position, int Length)[] GeometryOfVersion1 =
    [
        ("sizeof_hdr", 0, 4), ("dim_info", 39, 1), ("dim", 40, 16), ("pixdim", 76, 32), ("xyzt_units", 123, 1), ("toffset", 136, 4),
        ("qform_code", 252, 2), ("sform_code", 254, 2), ("quatern_b, c, d", 256, 12), ("qoffset", 268, 12), ("srow", 280, 48),
    ];

    private static readonly (string Name, int Position, int Length)[] GeometryOfVersion2 =
    [
        ("sizeof_hdr", 0, 4), ("dim", 16, 64), ("pixdim", 104, 64), ("toffset", 216, 8), ("qform_code", 344, 4), ("sform_code", 348, 4),
        ("quatern_b, c, d", 352, 24), ("qoffset", 376, 24), ("srow", 400, 96), ("xyzt_units", 500, 4), ("dim_info", 524, 1),
    ];

    /// <summary>Asserts that every field that tells where voxels lie has the same bytes.</summary>
    public static void AssertSameGeometry(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach ((string name, int position, int length) in expected.Length == 348 ? GeometryOfVersion1 : GeometryOfVersion2)
        {
            Assert.True(
                expected.Slice(position, length).SequenceEqual(actual.Slice(position, length)),
                $"{name}: {Convert.ToHexString(expected.Slice(position, length))} became {Convert.ToHexString(actual.Slice(position, length))}");
        }
    }
}
