using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>The parts of the streaming pipeline by themselves.</summary>
public sealed unsafe class StreamingPartsTests
{
    [Fact]
    public void Over_AllAxes_EightPassesInTheReferencesOrder()
    {
        const FlipAxes Z = FlipAxes.Z;
        const FlipAxes Y = FlipAxes.Y;
        const FlipAxes X = FlipAxes.X;
        Assert.Equal([FlipAxes.None, X, Y, Y | X, Z, Z | X, Z | Y, Z | Y | X], MirrorPasses.Version1.Over([0, 1, 2]));
        Assert.Equal([FlipAxes.None, Z, Y, X, Z | Y, Z | X, Y | X, Z | Y | X], MirrorPasses.Version2.Over([0, 1, 2]));
        Assert.Equal([FlipAxes.None, X, Z, Z | X], MirrorPasses.Version1.Over([2, 0]));
        Assert.Equal([FlipAxes.None, Z, X, Z | X], MirrorPasses.Version2.Over([2, 0]));
        Assert.Equal([FlipAxes.None], MirrorPasses.Version2.Over([]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(105)]
    public void PitchOf_AnyClasses_HoldsTheWeightInWholeVectors(int classes)
    {
        int pitch = AccumulatorRing.PitchOf(classes);
        Assert.True(pitch >= classes + 1);
        Assert.True(pitch < classes + 1 + 16);
        Assert.Equal(0, pitch % System.Numerics.Vector<float>.Count);
    }

    [Fact]
    public void Segment_DeviceWhoseMemoryIsNotTheHosts_SameLabelsThroughCopies()
    {
        Volume[] image = SegmenterCases.Image(new Int3(19, 12, 10));
        foreach ((NnunetVersion version, SegmentationMode mode) in Enum.GetValues<SegmentationMode>().Select(mode => (NnunetVersion.V1, mode)).Append((NnunetVersion.V2, SegmentationMode.Normal)))
        {
            ModelManifest manifest = SegmenterCases.Manifest(version: version);
            SegmenterOptions options = new() { Mode = mode };
            using CpuDevice cpu = new(2);
            using Segmenter direct = new(manifest, cpu, options, [SegmenterCases.StandIn(manifest), SegmenterCases.StandIn(manifest)]);
            using CopyingDevice other = new();
            using Segmenter copied = new(manifest, other, options, [SegmenterCases.StandIn(manifest), SegmenterCases.StandIn(manifest)]);
            Assert.Equal(SegmenterCases.Bytes(direct.Segment(image)), SegmenterCases.Bytes(copied.Segment(image)));
            Assert.True(other.Uploads > 0);
            // Where every fold has sums of its own they come slice by slice; elsewhere labels alone come, once for each of the five rows of windows.
            Assert.Equal(mode == SegmentationMode.Fastest ? 2 * 23 : 5, other.Downloads);
        }
    }
}
