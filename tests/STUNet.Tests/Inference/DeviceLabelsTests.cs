using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>Labelling on a device that is not the CPU, as far as the pipeline knows.</summary>
public sealed class DeviceLabelsTests
{
    [Theory]
    [InlineData(3, 1)]
    [InlineData(300, 2)]
    public void Segment_TransposedAndResampledAlongEveryAxis_LabelsOfTheCpu(int classes, int bytesPerVoxel)
    {
        ModelManifest manifest = SegmenterCases.Manifest(forward: [2, 0, 1], classes: classes, patch: new(6, 7, 8)) with { SpacingMm = [1.1, 1, 1.3] };
        Volume[] image = SegmenterCases.Image(new Int3(9, 14, 12), border: 2);
        using CpuDevice cpu = new(2);
        using Segmenter onHost = new(manifest, cpu, new() { Mirroring = false }, [SegmenterCases.StandIn(manifest)]);
        using CopyingDevice other = new();
        using Segmenter onDevice = new(manifest, other, new() { Mirroring = false }, [SegmenterCases.StandIn(manifest)]);
        LabelVolume expected = onHost.Segment(image).Labels;
        LabelVolume labels = onDevice.Segment(image).Labels;
        Assert.Equal(bytesPerVoxel, labels.BytesPerVoxel);
        Assert.True(expected.Largest() > 1);
        Assert.All(Enumerable.Range(0, (int)expected.Size.Product), voxel => Assert.Equal(expected[voxel], labels[voxel]));
    }

    [Fact]
    public void LabelsOnDevice_CpuRegionsProbabilitiesAndRoundedFolds_AreTheHosts()
    {
        using CpuDevice cpu = new(1);
        using CopyingDevice other = new();
        ModelManifest plain = SegmenterCases.Manifest();
        ModelManifest regions = SegmenterCases.Manifest(classes: 2, version: NnunetVersion.V2) with { Regions = [new OutputRegion("whole", [1, 2], 2), new OutputRegion("core", [1], 1)] };
        Assert.True(InferenceRules.Of(plain).LabelsOnDevice(plain, new(), other, folds: 5));
        Assert.False(InferenceRules.Of(plain).LabelsOnDevice(plain, new(), cpu, folds: 5));
        Assert.False(InferenceRules.Of(regions).LabelsOnDevice(regions, new(), other, folds: 1));
        Assert.False(InferenceRules.Of(plain).LabelsOnDevice(plain, new() { Probabilities = true }, other, folds: 1));
        SegmenterOptions fastest = new() { Mode = SegmentationMode.Fastest };
        Assert.False(InferenceRules.Of(plain, fastest).LabelsOnDevice(plain, fastest, other, folds: 2));
        Assert.True(InferenceRules.Of(plain, fastest).LabelsOnDevice(plain, fastest, other, folds: 1));
    }

    [Fact]
    public void Segment_RegionsOnAnotherDevice_LabelsOfTheCpu()
    {
        ModelManifest manifest = SegmenterCases.Manifest(classes: 2, version: NnunetVersion.V2) with { Regions = [new OutputRegion("whole", [1, 300], 300), new OutputRegion("core", [1], 1)] };
        Volume[] image = SegmenterCases.Image(new Int3(11, 12, 10));
        using CpuDevice cpu = new(2);
        using Segmenter onHost = new(manifest, cpu, new(), [SegmenterCases.StandIn(manifest)]);
        using CopyingDevice other = new();
        using Segmenter copied = new(manifest, other, new(), [SegmenterCases.StandIn(manifest)]);
        Assert.Equal(onHost.Segment(image).Labels.As<ushort>(), copied.Segment(image).Labels.As<ushort>());
    }

    /// <summary>Large boxes are labelled piece by piece; the plan is an upper bound for every box within the image.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(700, 2)]
    [InlineData(5000, 1)]
    public void MostPieceBytes_AnyBox_IsBounded(int edge, int bytesPerVoxel)
    {
        Int3 box = new(400, edge, edge);
        long most = DeviceLabels.MostPieceBytes(box, bytesPerVoxel);
        long slice = (long)edge * edge * bytesPerVoxel;
        Assert.Equal(Math.Min(400 * slice, Math.Max(32 << 20, slice)), most);
        Assert.InRange(DeviceLabels.DeviceBytes(box, bytesPerVoxel) - most, 3 * (400 + edge + edge) * sizeof(float), (3 * (400 + edge + edge) * sizeof(float)) + 255);
    }
}
