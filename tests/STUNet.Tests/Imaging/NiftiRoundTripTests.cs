using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Nifti;
using STUNet.TestKit;

namespace STUNet.Tests.Imaging;

public sealed class NiftiRoundTripTests
{
    private static readonly double[] Origin = [-12.5, 30, 7.25];

    // The three axes of the patient in every order, each in both directions.
    public static IEnumerable<ITheoryDataRow> AxisOrders =>
        from first in Enumerable.Range(0, 3)
        from second in Enumerable.Range(0, 3)
        where second != first
        from flips in Enumerable.Range(0, 8)
        select (ITheoryDataRow)new TheoryDataRow<int, int, int>(first, second, flips);

    [Theory]
    [MemberData(nameof(AxisOrders))]
    public void Write_EveryAxisOrderAndFlip_GeometryAndVoxelsReturn(int first, int second, int flips)
    {
        double[] matrix = new double[9];
        int[] axes = [first, second, 3 - first - second];
        for (int column = 0; column < 3; column++)
            matrix[(axes[column] * 3) + column] = (flips >> column & 1) == 0 ? 1 : -1;

        AssertRoundTrip(matrix);
    }

    [Theory]
    [MemberData(nameof(AxisOrders))]
    public void Write_ObliqueTimesEveryAxisOrderAndFlip_GeometryAndVoxelsReturn(int first, int second, int flips)
    {
        double[] rotation = Rotation(0.1 + (0.3 * first), -0.7 + (0.9 * second), 0.4 * flips);
        int[] axes = [first, second, 3 - first - second];
        double[] matrix = new double[9];
        for (int column = 0; column < 3; column++)
        {
            for (int row = 0; row < 3; row++)
                matrix[(row * 3) + column] = rotation[(row * 3) + axes[column]] * ((flips >> column & 1) == 0 ? 1 : -1);
        }

        AssertRoundTrip(matrix);
    }

    [Fact]
    public void Write_ShearedAffine_KeepsTheSformAlone()
    {
        Affine sheared = new([1, 0.3, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7]);

        VolumeGeometry again = WriteAndRead(new VolumeGeometry(new Int3(2, 3, 4), new Spacing(1, 1, 1), sheared), VoxelStorage.Float32, out _);

        Assert.Equal(0, again.Header!.QformCode);
        for (int i = 0; i < 12; i++)
            Assert.Equal((float)sheared[i / 4, i % 4], (float)again.Affine[i / 4, i % 4]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void WriteLabels_EveryVersionAndOrder_KeepsHeaderAndPicksTheType(int version, bool bigEndian)
    {
        NiftiBytes image = new(version, bigEndian, 16, [3, 2, 2]) { Slope = 3, Intercept = 4, Qform = [0.1, -0.2, 0.3, 1, 2, 3, -1] };
        VolumeGeometry source = NiftiReader.Read("image.nii", new MemoryStream(image.File(new ulong[12])), null, null).Geometry;
        using TemporaryFolder folder = new();
        foreach ((uint largest, NiftiVoxelType type) in new[]
        {
            (0u, NiftiVoxelType.UInt8), (255u, NiftiVoxelType.UInt8), (256u, NiftiVoxelType.UInt16), (65535u, NiftiVoxelType.UInt16), (65536u, NiftiVoxelType.UInt32),
        })
        {
            LabelVolume labels = new(source, 70000);
            labels[1, 1, 2] = largest;
            labels[0, 1, 0] = largest / 2;
            string path = folder[$"labels{largest}.nii"];

            VolumeFile.Write(path, labels);

            LabelVolume back = VolumeFile.ReadLabels(path);
            NiftiHeader header = back.Geometry.Header!;
            Assert.Equal((type, bigEndian, version), (header.DataType, header.BigEndian, header.Layout.Version));
            Assert.Equal((1.0, 0.0), (header.Slope, header.Intercept));
            NiftiFields.AssertSameGeometry(source.Header!.Bytes, header.Bytes);
            for (int i = 0; i < 12; i++)
                Assert.Equal(labels[i], back[i]);
            Assert.Equal(header.Layout.FirstVoxelOffset + (12 * NiftiVoxelTypes.Bytes(type)), new FileInfo(path).Length);
        }
    }

    [Fact]
    public void WriteLabels_ManyVoxels_ChunksJoinAndGzipIsRepeatable()
    {
        LabelVolume labels = new(new VolumeGeometry(new Int3(70, 80, 90), new Spacing(1, 1, 1)), 1000);
        for (int i = 0; i < labels.Size.Product; i++)
            labels[i] = (uint)(i * 2654435761L % 1000);
        using TemporaryFolder folder = new();

        VolumeFile.Write(folder["a.nii.gz"], labels);
        VolumeFile.Write(folder["b.nii.gz"], labels);

        Assert.Equal(File.ReadAllBytes(folder["a.nii.gz"]), File.ReadAllBytes(folder["b.nii.gz"]));
        Assert.True(labels.As<ushort>().SequenceEqual(VolumeFile.ReadLabels(folder["a.nii.gz"]).As<ushort>()));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void Write_LongAxis_UsesVersion2()
    {
        VolumeGeometry again = WriteAndRead(new VolumeGeometry(new Int3(1, 2, 40000), new Spacing(1, 1, 1)), VoxelStorage.Int16, out _);

        Assert.Equal(2, again.Header!.Layout.Version);
        Assert.Equal(new Int3(1, 2, 40000), again.Size);
    }

    [Theory]
    [InlineData(32768)]
    [InlineData(-32769)]
    [InlineData(float.NaN)]
    public void Write_ValueOutsideInt16_IsRefusedAndLeavesNoFile(float value)
    {
        Volume volume = new(new VolumeGeometry(new Int3(1, 1, 2), new Spacing(1, 1, 1)), [0, value]);
        using TemporaryFolder folder = new();

        Assert.Throws<InvalidRequestException>(() => VolumeFile.Write(folder["out.nii.gz"], volume, VoxelStorage.Int16));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_UnknownNameOrMissingFolder_IsRefused()
    {
        Volume volume = new(new VolumeGeometry(new Int3(1, 1, 1), new Spacing(1, 1, 1)));
        using TemporaryFolder folder = new();

        Assert.Throws<InvalidRequestException>(() => VolumeFile.Write(folder["out.png"], volume));
        Assert.Throws<InvalidFileException>(() => VolumeFile.Write(folder["none/out.nii"], volume));
    }

    private static void AssertRoundTrip(double[] matrix)
    {
        Spacing spacing = new(2.5, 1.25, 0.75);
        double[] rows = new double[12];
        for (int i = 0; i < 12; i++)
            rows[i] = i % 4 == 3 ? Origin[i / 4] : matrix[(i / 4 * 3) + (i % 4)] * spacing[2 - (i % 4)];
        VolumeGeometry geometry = new(new Int3(3, 4, 5), spacing, new Affine(rows));

        VolumeGeometry again = WriteAndRead(geometry, VoxelStorage.Int16, out Volume back);
        Assert.Equal(Values(60), back.Voxels.ToArray());
        Assert.Equal(geometry.Size, again.Size);
        Assert.Equal(geometry.Spacing, again.Spacing);
        AssertAffine(rows, again.Affine, 1e-7);

        // The qform must say the same by itself. w = sqrt(1 - b^2 - c^2 - d^2) of binary32 components has an error up to sqrt(3 * 2^-24) = 4.3e-4
        // where w is near 0 (half-turns), which turns the axes by twice that.
        NiftiHeader header = again.Header!.Clone();
        header.SformCode = 0;
        Assert.Equal(1, header.QformCode);
        AssertAffine(rows, NiftiGeometry.Read("qform", header).Affine, 1e-3);

        // A label map beside it, and one beside that, keep the bits.
        using TemporaryFolder folder = new();
        LabelVolume labels = new(again);
        VolumeFile.Write(folder["labels.nii"], labels);
        VolumeGeometry labelled = VolumeFile.ReadLabels(folder["labels.nii"]).Geometry;
        NiftiFields.AssertSameGeometry(again.Header.Bytes, labelled.Header!.Bytes);
        Assert.Equal(again.Affine, labelled.Affine);
    }

    private static void AssertAffine(double[] rows, Affine affine, double relative)
    {
        for (int i = 0; i < 12; i++)
            Assert.Equal(rows[i], affine[i / 4, i % 4], relative * Math.Max(2.5, Math.Abs(rows[i])));
    }

    private static VolumeGeometry WriteAndRead(VolumeGeometry geometry, VoxelStorage storage, out Volume back)
    {
        using TemporaryFolder folder = new();
        VolumeFile.Write(folder["image.nii.gz"], new Volume(geometry, Values((int)geometry.Size.Product)), storage);
        back = VolumeFile.Read(folder["image.nii.gz"]);
        return back.Geometry;
    }

    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(i => (float)((i * 37 % 4001) - 1000))];

    private static double[] Rotation(double x, double y, double z)
    {
        (double cx, double sx, double cy, double sy, double cz, double sz) = (Math.Cos(x), Math.Sin(x), Math.Cos(y), Math.Sin(y), Math.Cos(z), Math.Sin(z));
        return
        [
            cz * cy, (cz * sy * sx) - (sz * cx), (cz * sy * cx) + (sz * sx),
            sz * cy, (sz * sy * sx) + (cz * cx), (sz * sy * cx) - (cz * sx),
            -sy, cy * sx, cy * cx,
        ];
    }
}
