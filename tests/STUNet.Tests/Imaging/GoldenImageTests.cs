using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Nifti;
using STUNet.TestKit;
using STUNet.TestKit.Golden;

namespace STUNet.Tests.Imaging;

public sealed class GoldenImageTests
{
    private const double AffineTolerance = 1e-12;

    public static IEnumerable<ITheoryDataRow> Good => GoldenImages.Rows("good");

    public static IEnumerable<ITheoryDataRow> Bad => GoldenImages.Rows("bad");

    [Theory]
    [MemberData(nameof(Good))]
    public void Read_GoodFile_VoxelsEqualBitForBit(string name)
    {
        (string path, JsonElement entry) = GoldenImages.Good(name);
        GoldenTensor expected = GoldenImages.Tensor(entry.GetProperty("tensor").GetString()!);

        Volume volume = VolumeFile.Read(path);

        Assert.Equal<IEnumerable<int>>(expected.Shape[^3..], [volume.Size.D, volume.Size.H, volume.Size.W]);
        Assert.Equal(expected.ToSingles(), volume.Voxels.ToArray());
        Assert.Equal(entry.GetProperty("min").GetDouble(), volume.Voxels.ToArray().Min(), SingleUnit(entry, "min"));
        Assert.Equal(entry.GetProperty("max").GetDouble(), volume.Voxels.ToArray().Max(), SingleUnit(entry, "max"));

        // The manifest's sum is of unrounded values: each of ours may be half a binary32 unit off.
        double sum = 0;
        double roundings = 0;
        foreach (float voxel in volume.Voxels)
        {
            sum += voxel;
            roundings += Math.Abs(voxel) * Math.Pow(2, -24);
        }

        Assert.Equal(entry.GetProperty("sum").GetDouble(), sum, roundings + 1e-9);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Read_GoodFile_GeometryAsNibabel(string name)
    {
        (string path, JsonElement entry) = GoldenImages.Good(name);

        VolumeGeometry geometry = VolumeFile.Read(path).Geometry;

        int[] shape = [.. entry.GetProperty("shape_xyz").EnumerateArray().Select(size => size.GetInt32())];
        Assert.Equal<IEnumerable<int>>(shape[..3], [geometry.Size.W, geometry.Size.H, geometry.Size.D]);
        double[] zooms = Doubles(entry.GetProperty("zooms"));
        Assert.Equal<IEnumerable<double>>(zooms[..3], [geometry.Spacing.X, geometry.Spacing.Y, geometry.Spacing.Z]);
        double[][] affine = [.. entry.GetProperty("affine_ras").EnumerateArray().Select(Doubles)];
        for (int row = 0; row < 4; row++)
        {
            for (int column = 0; column < 4; column++)
                Assert.Equal(affine[row][column], geometry.Affine[row, column], AffineTolerance * Math.Max(1, Math.Abs(affine[row][column])));
        }

        NiftiHeader header = geometry.Header!;
        Assert.Equal(entry.GetProperty("sform_code").GetInt32(), header.SformCode);
        Assert.Equal(entry.GetProperty("qform_code").GetInt32(), header.QformCode);
        Assert.Equal(entry.GetProperty("version").GetInt32(), header.Layout.Version);
        Assert.Equal(entry.GetProperty("byte_order").GetString(), header.BigEndian ? ">" : "<");
        Assert.Equal(entry.GetProperty("on_disk").GetString(), NiftiVoxelTypes.Describe((short)header.DataType));
        JsonElement slope = entry.GetProperty("slope");
        Assert.Equal(slope.ValueKind == JsonValueKind.Null ? 0 : slope.GetDouble(), header.Slope);
        Assert.Equal(entry.GetProperty("inter").GetDouble(), header.Intercept);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Read_GoodFile_OriginSpacingDirectionAndOrientation(string name)
    {
        (string path, JsonElement entry) = GoldenImages.Good(name);
        JsonElement lps = entry.GetProperty("lps");

        Affine affine = VolumeFile.Read(path).Geometry.Affine;

        // LPS: x and y change sign; spacing is the length of a column, direction the column without it.
        double[] origin = Doubles(lps.GetProperty("origin"));
        double[] spacing = Doubles(lps.GetProperty("spacing"));
        double[] direction = Doubles(lps.GetProperty("direction"));
        for (int row = 0; row < 3; row++)
        {
            double sign = row < 2 ? -1 : 1;
            Assert.Equal(origin[row], sign * affine[row, 3], AffineTolerance * Math.Max(1, Math.Abs(origin[row])));
            for (int column = 0; column < 3; column++)
                Assert.Equal(direction[(row * 3) + column] * spacing[column], sign * affine[row, column], AffineTolerance * spacing[column]);
        }

        string orientation = string.Concat(Enumerable.Range(0, 3).Select(column =>
        {
            int axis = Enumerable.Range(0, 3).MaxBy(row => Math.Abs(affine[row, column]));
            return (affine[axis, column] < 0 ? "LPI" : "RAS")[axis];
        }));
        Assert.Equal(entry.GetProperty("orientation").GetString(), orientation);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void WriteLabels_BesideGoodFile_GeometryEqualToTheBit(string name)
    {
        (string path, _) = GoldenImages.Good(name);
        VolumeGeometry source = VolumeFile.Read(path).Geometry;
        LabelVolume labels = new(source);
        for (int i = 0; i < source.Size.Product; i++)
            labels[i] = (uint)(i % 105);
        using TemporaryFolder folder = new();
        string written = folder["labels.nii.gz"];

        VolumeFile.Write(written, labels);

        VolumeGeometry again = VolumeFile.Read(written).Geometry;
        NiftiFields.AssertSameGeometry(source.Header!.Bytes, again.Header!.Bytes);
        Assert.Equal(source.Affine, again.Affine);
        Assert.Equal(source.Spacing, again.Spacing);
        Assert.Equal(NiftiVoxelType.UInt8, again.Header.DataType);
        LabelVolume back = VolumeFile.ReadLabels(written);
        Assert.True(labels.As<byte>().SequenceEqual(back.As<byte>()));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Read_BadFile_OneClearErrorAndLittleMemory(string name)
    {
        (string path, string fault) = GoldenImages.Bad(name);
        long before = GC.GetAllocatedBytesForCurrentThread();

        InvalidFileException error = Assert.Throws<InvalidFileException>(() => VolumeFile.Read(path));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20, fault);
        Assert.StartsWith(path, error.Message);
        Assert.EndsWith(".", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static double SingleUnit(JsonElement entry, string field) => (Math.Abs(entry.GetProperty(field).GetDouble()) * Math.Pow(2, -24)) + 1e-30;

    private static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetDouble())];
}
