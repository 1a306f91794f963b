using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Nifti;
using STUNet.TestKit;

namespace STUNet.Tests.Imaging;

public sealed class NiftiReaderTests
{
    private static readonly int[] Size = [3, 2, 2];

    // Codes of the ten scalar types of the standard.
    private static readonly short[] Types = [2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280];

    public static IEnumerable<ITheoryDataRow> Combinations =>
        from version in new[] { 1, 2 }
        from bigEndian in new[] { false, true }
        from type in Types
        from slope in new[] { 0, 1, 0.5, -2, double.NaN }
        select (ITheoryDataRow)new TheoryDataRow<int, bool, short, double>(version, bigEndian, type, slope);

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Read_EveryVersionOrderTypeAndSlope_ValuesScaledInDouble(int version, bool bigEndian, short type, double slope)
    {
        double intercept = slope == 1 ? 0 : 10.3;
        NiftiBytes image = new(version, bigEndian, type, Size) { Slope = slope, Intercept = intercept };
        (ulong[] bits, double[] values) = Extremes(type);
        // Version 1 stores both as binary32.
        double a = slope is 0 or double.NaN ? 1 : slope;
        double b = slope is 0 or double.NaN ? 0 : version == 1 ? (float)intercept : intercept;

        Volume volume = Read(image.File(bits));
        Volume zipped = Read(NiftiBytes.Gzip(image.File(bits)), "image.nii.gz");

        float[] expected = [.. values.Select(value => (float)((value * a) + b))];
        Assert.Equal(expected, volume.Voxels.ToArray());
        Assert.Equal(expected, zipped.Voxels.ToArray());
        Assert.Equal(new Int3(2, 2, 3), volume.Size);
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(2, true, false)]
    public void Read_HeaderImagePair_ByEitherName(int version, bool headerZipped, bool imageZipped)
    {
        NiftiBytes image = new(version, false, 4, Size) { Single = false };
        (ulong[] bits, double[] values) = Extremes(4);
        using TemporaryFolder folder = new();
        string header = folder[headerZipped ? "pair.hdr.gz" : "pair.hdr"];
        string voxels = folder[imageZipped ? "pair.img.gz" : "pair.img"];
        File.WriteAllBytes(header, headerZipped ? NiftiBytes.Gzip(image.Header()) : image.Header());
        File.WriteAllBytes(voxels, imageZipped ? NiftiBytes.Gzip(image.Voxels(bits)) : image.Voxels(bits));

        foreach (string path in new[] { header, voxels })
            Assert.Equal(values.Select(value => (float)value), VolumeFile.Read(path).Voxels.ToArray());
    }

    [Fact]
    public void Read_PairWithoutImage_NamesTheMissingFile()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["pair.hdr"], (new NiftiBytes(1, false, 4, Size) { Single = false }).Header());

        InvalidFileException error = Assert.Throws<InvalidFileException>(() => VolumeFile.Read(folder["pair.hdr"]));

        Assert.Equal(folder["pair.img"], error.Path);
    }

    [Fact]
    public void Read_Extensions_AreSkipped()
    {
        byte[] extension = [32, 0, 0, 0, 6, 0, 0, 0, .. new byte[24], 16, 0, 0, 0, 4, 0, 0, 0, .. new byte[8]];
        (ulong[] bits, double[] values) = Extremes(4);

        Volume volume = Read(new NiftiBytes(1, false, 4, Size) { Extension = extension }.File(bits));

        Assert.Equal(values.Select(value => (float)value), volume.Voxels.ToArray());
    }

    [Fact]
    public void Read_FileWithoutExtension_IsRecognisedByContent()
    {
        (ulong[] bits, _) = Extremes(4);
        byte[] bytes = new NiftiBytes(2, true, 4, Size).File(bits);
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["plain"], bytes);
        File.WriteAllBytes(folder["zipped"], NiftiBytes.Gzip(bytes));
        File.WriteAllText(folder["text"], "no image");

        Assert.Equal(VolumeFile.Read(folder["plain"]).Voxels, VolumeFile.Read(folder["zipped"]).Voxels);
        Assert.Contains("format is not known", Assert.Throws<InvalidFileException>(() => VolumeFile.Read(folder["text"])).Message);
    }

    [Fact]
    public void Read_GzipCutAtEveryByte_IsRefused()
    {
        (ulong[] bits, _) = Extremes(4);
        byte[] whole = NiftiBytes.Gzip(new NiftiBytes(1, false, 4, Size).File(bits));

        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidFileException>(() => Read(whole[..length], "cut.nii.gz"));
        for (int at = whole.Length - 8; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            Assert.Contains("cut off or damaged", Assert.Throws<InvalidFileException>(() => Read(damaged, "damaged.nii.gz")).Message);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(355)]
    public void Read_GzipOfSeveralMembers_IsOneStream(int cut)
    {
        (ulong[] bits, double[] values) = Extremes(4);
        byte[] bytes = new NiftiBytes(1, false, 4, Size).File(bits);

        Volume volume = Read([.. NiftiBytes.Gzip(bytes.AsSpan(0, cut)), .. NiftiBytes.Gzip(bytes.AsSpan(cut))], "members.nii.gz");

        Assert.Equal(values.Select(value => (float)value), volume.Voxels.ToArray());
    }

    [Fact]
    public void Read_GzipMemberEndingOnBufferBoundaries_IsWhole()
    {
        // Stored blocks make the compressed length follow the content byte by byte: the end passes every offset of an 8 KiB read buffer's edge.
        for (int extra = 0; extra < 64; extra++)
        {
            byte[] extension = new byte[7808 + extra];
            new Random(extra).NextBytes(extension);
            BitConverter.TryWriteBytes(extension, extension.Length);
            (ulong[] bits, double[] values) = Extremes(4);
            byte[] file = NiftiBytes.Gzip(new NiftiBytes(1, false, 4, Size) { Extension = extension }.File(bits));

            Assert.Equal(values.Select(value => (float)value), Read(file, "edge.nii.gz").Voxels.ToArray());
        }
    }

    [Fact]
    public void Read_LongGzip_GrowsAndAgrees()
    {
        // 5 million equal voxels compress beyond the plausible ratio, so that the block grows while it is read.
        int[] size = [200, 250, 100];
        ulong[] bits = new ulong[size[0] * size[1] * size[2]];
        Array.Fill(bits, 7ul);

        Volume volume = Read(NiftiBytes.Gzip(new NiftiBytes(1, false, 2, size).File(bits)), "long.nii.gz");

        Assert.Equal(bits.Length, volume.Voxels.Length);
        Assert.Equal(-1, volume.Voxels.IndexOfAnyExcept(7f));
    }

    [Fact]
    public void Read_HeaderDeclaringMoreThanGzipHolds_AllocatesLittle()
    {
        byte[] bytes = NiftiBytes.Gzip([.. new NiftiBytes(1, false, 16, [1000, 1000, 20]).File([]), .. new byte[1 << 20]]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<InvalidFileException>(() => Read(bytes, "lie.nii.gz"));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
    }

    [Theory]
    [InlineData("missing.nii", "does not exist")]
    [InlineData("", "folder")]
    public void Read_NoFile_SaysSo(string name, string message)
    {
        using TemporaryFolder folder = new();
        string path = name.Length > 0 ? folder[name] : folder["directory.nii"];
        if (name.Length == 0)
            Directory.CreateDirectory(path);

        Assert.Contains(message, Assert.Throws<InvalidFileException>(() => VolumeFile.Read(path)).Message);
    }

    [Fact]
    public void Read_TwoAxes_IsOneSlice()
    {
        (ulong[] bits, _) = Extremes(4);

        Volume volume = Read(new NiftiBytes(1, false, 4, [4, 3]) { Spacing = [1, 2, 0] }.File(bits));

        Assert.Equal(new Int3(1, 3, 4), volume.Size);
        Assert.Equal(new Spacing(1, 2, 1), volume.Geometry.Spacing);
    }

    [Fact]
    public void Read_SeveralVolumes_IsRefused()
    {
        InvalidFileException error = Assert.Throws<InvalidFileException>(() => Read(new NiftiBytes(1, false, 4, [3, 2, 1, 2]).File(new ulong[12])));

        Assert.Equal("dim[4]", error.Field);
    }

    [Fact]
    public void Read_QuaternionLongerThanOneByRounding_IsAHalfTurn()
    {
        float third = MathF.BitIncrement(MathF.BitIncrement(1));

        Affine affine = Read(new NiftiBytes(1, false, 4, Size) { Qform = [0, 0, third, 1, 2, 3, -1] }.File(new ulong[12])).Geometry.Affine;

        double[] expected = [-0.75, 0, 0, 1, 0, -1.25, 0, 2, 0, 0, -2.5, 3];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], affine[i / 4, i % 4], 1e-12);
        Assert.Throws<InvalidFileException>(() => Read(new NiftiBytes(1, false, 4, Size) { Qform = [0.8, 0.8, 0, 1, 2, 3, 1] }.File(new ulong[12])));
    }

    [Fact]
    public void Read_NegativeSpacing_IsALengthAndKeepsItsBits()
    {
        NiftiBytes image = new(1, false, 4, Size) { Spacing = [-0.75, 1.25, 2.5], Sform = [-0.75, 0, 0, 1, 0, 1.25, 0, 2, 0, 0, 2.5, 3] };

        VolumeGeometry geometry = Read(image.File(new ulong[12])).Geometry;

        Assert.Equal(new Spacing(2.5, 1.25, 0.75), geometry.Spacing);
        Assert.Equal(-0.75, geometry.Header!.PixDim(1));
        Assert.Equal(-0.75, geometry.Affine[0, 0]);
    }

    private static Volume Read(byte[] bytes, string name = "image.nii") => NiftiReader.Read(name, new MemoryStream(bytes), null, null);

    /// <summary>Twelve bit patterns of a type, its limits among them, and the values they stand for.</summary>
    private static (ulong[] Bits, double[] Values) Extremes(short type) => type switch
    {
        2 => Of<byte>([0, 1, 2, 3, 100, 127, 128, 200, 254, 255, 5, 6], value => value),
        256 => Of<sbyte>([0, 1, -1, 3, 100, 127, -128, -127, 5, 6, 7, 8], value => (byte)value),
        4 => Of<short>([0, 1, -1, 3, 255, 256, short.MaxValue, short.MinValue, -1024, 6, 7, 8], value => (ushort)value),
        512 => Of<ushort>([0, 1, 2, 3, 255, 256, ushort.MaxValue, 32768, 1024, 6, 7, 8], value => value),
        8 => Of<int>([0, 1, -1, 3, int.MaxValue, int.MinValue, 16777217, -16777219, 33554435, 6, 7, 8], value => (uint)value),
        768 => Of<uint>([0, 1, 2, 3, uint.MaxValue, 1u << 31, 16777217, 16777219, 33554435, 6, 7, 8], value => value),
        1024 => Of<long>([0, 1, -1, 3, long.MaxValue, long.MinValue, 16777217, (1L << 53) + 1, (1L << 54) + 3, 6, 7, 8], value => (ulong)value),
        1280 => Of<ulong>([0, 1, 2, 3, ulong.MaxValue, 1ul << 63, 16777217, (1ul << 53) + 1, (1ul << 63) + 1025, 6, 7, 8], value => value),
        16 => Of<float>([0, 1, -1.5f, float.Epsilon, float.MaxValue, -0.1f, 1e-30f, 3.14159f, 5, 6, 7, 8], value => BitConverter.SingleToUInt32Bits(value)),
        _ => Of<double>([0, 1, -1.5, double.Epsilon, 1e38, -0.1, 1e-40, Math.PI, 16777217, 6, 7, 8], value => BitConverter.DoubleToUInt64Bits(value)),
    };

    private static (ulong[] Bits, double[] Values) Of<T>(T[] values, Func<T, ulong> bits)
        where T : System.Numerics.INumber<T> => ([.. values.Select(bits)], [.. values.Select(double.CreateChecked)]);
}
