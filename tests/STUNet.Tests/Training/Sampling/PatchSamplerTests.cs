using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Sampling;

public sealed class PatchSamplerTests
{
    private static readonly Int3 Image = new(10, 10, 10);
    private static readonly Int3 Loader = new(7, 7, 7);
    private static readonly Int3 Network = new(4, 4, 4);

    [Fact]
    public void Bounds_OddMargin_RoundOutwards()
    {
        // Three voxels around the network's patch: two may lie outside below, two above.
        PatchBounds bounds = PatchBounds.Of(Image, Loader, Network);
        Assert.Equal(new Int3(-2, -2, -2), bounds.Lower);
        Assert.Equal(new Int3(5, 5, 5), bounds.Upper);
    }

    [Fact]
    public void Bounds_ImageSmallerThanPatch_CentreIt()
    {
        PatchBounds bounds = PatchBounds.Of(new Int3(3, 10, 10), Loader, Loader);
        Assert.Equal((-2, -2), (bounds.Lower.D, bounds.Upper.D));
        Assert.Equal((0, 3), (bounds.Lower.H, bounds.Upper.H));
    }

    [Fact]
    public void Choose_Forced_CentresOnAVoxelWithoutUpperBound()
    {
        ClassLocations locations = new([new([1], (int[])[]), new([2], (int[])[999])]);
        PatchSampler sampler = new(NnunetVersion.V1, Loader, Network);
        (Int3 start, int? entry) = sampler.Choose(Image, locations, isForced: true, (low, _) => low);
        Assert.Equal(new Int3(6, 6, 6), start);
        Assert.Equal(1, entry);
    }

    [Theory]
    [InlineData(NnunetVersion.V1, null)]
    [InlineData(NnunetVersion.V2, 0)]
    public void Choose_OnlyBackgroundLocations_CountForVersion2(NnunetVersion version, int? expected)
    {
        ClassLocations locations = new([new([0], (int[])[555])]);
        (_, int? entry) = new PatchSampler(version, Loader, Network).Choose(Image, locations, isForced: true, (low, _) => low);
        Assert.Equal(expected, entry);
    }

    [Fact]
    public void Choose_AnnotatedVoxels_ServeFreePatchesAndForcedOnesWithoutAnyClass()
    {
        ClassLocations both = new([new([1], (int[])[5]), new([0, 1], (int[])[5, 6])]);
        ClassLocations one = new([new([1], (int[])[]), new([0, 1], (int[])[5, 6])]);
        PatchSampler sampler = new(NnunetVersion.V2, Loader, Network, AnnotatedEntry: 1);
        Assert.Equal(1, sampler.Choose(Image, both, isForced: false, (low, _) => low).Entry);
        Assert.Equal(0, sampler.Choose(Image, both, isForced: true, (_, high) => high).Entry);
        Assert.Equal(1, sampler.Choose(Image, one, isForced: true, (_, high) => high).Entry);
    }

    [Fact]
    public void Crop_BeyondBothEnds_Pads()
    {
        short[] cut = new short[6];
        PatchCropping.Crop<short>([1, 2, 3, 4], new Int3(1, 2, 2), new Int3(0, 1, -1), cut, new Int3(1, 2, 3), -1);
        Assert.Equal([-1, 3, 4, -1, -1, -1], cut);
    }

    [Fact]
    public void Crop_BesideTheImage_IsPaddingOnly()
    {
        short[] cut = new short[3];
        PatchCropping.Crop<short>([1, 2], new Int3(1, 1, 2), new Int3(0, 0, 5), cut, new Int3(1, 1, 3), -1);
        Assert.Equal([-1, -1, -1], cut);
    }

    [Theory]
    [InlineData(16, 48, 48, false)]
    [InlineData(16, 49, 48, true)]
    public void IsAugmentedInPlane_MoreThanThreeTimesTheFirstAxis(int d, int h, int w, bool expected) =>
        Assert.Equal(expected, LoaderPatch.IsAugmentedInPlane(new Int3(d, h, w)));
}
