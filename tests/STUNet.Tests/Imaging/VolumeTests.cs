using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Tests.Imaging;

public sealed class VolumeTests
{
    private static readonly VolumeGeometry Geometry = new(new Int3(3, 5, 7), new Spacing(1, 1, 1));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void FirstNonFinite_AtEveryVoxel_IsFound(float value)
    {
        for (int at = 0; at < Geometry.Size.Product; at++)
        {
            Volume volume = new(Geometry);
            volume.Voxels.Fill(float.MaxValue);
            volume.Voxels[^1] = value;
            volume.Voxels[at] = value;
            Assert.Equal(new Int3(at / 35, at % 35 / 7, at % 7), volume.FirstNonFinite());
        }
    }

    [Fact]
    public void FirstNonFinite_AllFinite_IsNull()
    {
        Volume volume = new(Geometry);
        volume.Voxels.Fill(float.MinValue);
        Assert.Null(volume.FirstNonFinite());
    }

    [Fact]
    public void Slice_IsOnePlane()
    {
        Volume volume = new(Geometry, [.. Enumerable.Range(0, 105).Select(i => (float)i)]);
        Assert.Equal(Enumerable.Range(35, 35).Select(i => (float)i), volume.Slice(1).ToArray());
    }

    [Theory]
    [InlineData(255u, 1)]
    [InlineData(256u, 2)]
    [InlineData(65535u, 2)]
    [InlineData(65536u, 4)]
    public void LabelVolume_LargestLabel_ChoosesWidthAndRefusesMore(uint largest, int width)
    {
        LabelVolume labels = new(Geometry, largest);
        labels[2, 4, 6] = largest;
        Assert.Equal(width, labels.BytesPerVoxel);
        Assert.Equal(largest, labels.Largest());
        Assert.Equal(largest, labels[104]);
        labels[3] = 1;
        long[] counts = labels.Counts();
        Assert.Equal(largest + 1L, counts.Length);
        Assert.Equal((103, 1, 1), (counts[0], counts[1], counts[largest]));
        if (width < 4)
            Assert.Throws<OverflowException>(() => labels[0] = 1u << (8 * width));
    }

    [Fact]
    public void VolumeGeometry_BadSizeSpacingOrAffine_IsRefused()
    {
        Assert.Throws<InvalidRequestException>(() => new VolumeGeometry(new Int3(0, 1, 1), new Spacing(1, 1, 1)));
        Assert.Throws<InvalidRequestException>(() => new VolumeGeometry(Int3.One, new Spacing(1, 0, 1)));
        Assert.Throws<InvalidRequestException>(() => new VolumeGeometry(Int3.One, new Spacing(1, double.NaN, 1)));
        Assert.Throws<InvalidRequestException>(() => new VolumeGeometry(Int3.One, new Spacing(1, 1, 1), new Affine([1, 0, 0, double.PositiveInfinity, 0, 1, 0, 0, 0, 0, 1, 0])));
        Assert.Throws<InvalidRequestException>(() => new Volume(new VolumeGeometry(new Int3(2000, 2000, 2000), new Spacing(1, 1, 1))));
    }
}
