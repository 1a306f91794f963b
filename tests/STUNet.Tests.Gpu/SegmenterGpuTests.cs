using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Segmentation;

namespace STUNet.Tests.Gpu;

/// <summary>The demo model on part of its volume: what a GPU says, in float32 and in binary16, beside the CPU.</summary>
public sealed class SegmenterGpuTests
{
    /// <summary>Float32 differs from the CPU's by other orders of sums: only where two classes are nearly as probable, which a thousandth of the voxels are not.</summary>
    [Fact]
    public void Segment_Binary16_AgreesWithFloat32AndTheCpu()
    {
        LongTests.Require("the demo model's patch in f16, which the bundle's part for volumes computes in every run, a minute and a quarter");
        GpuDevice device = OpenCl.Device;
        using TemporaryFolder folder = new();
        SampleVolume part = SampleVolumes.Phantom!.Cut(SampleVolumes.OnePatch, folder.Path);
        Volume image = part.Image();
        using CpuDevice cpu = new();
        LabelVolume expected = Segment(image, cpu, Precision.F32);
        LabelVolume single = Segment(image, device, Precision.F32);
        LabelVolume half = Segment(image, device, Precision.F16);
        LabelVolume truth = part.Truth()!;
        LabelComparison devices = LabelComparison.Of(expected, single, truth);
        LabelComparison numbers = LabelComparison.Of(single, half, truth);
        TestContext.Current.TestOutputHelper!.WriteLine($"{devices}\n{numbers}");
        Assert.Null(devices.Failure);
        Assert.Null(numbers.Failure);
        Assert.True(numbers.Structures > 4, "too few structures to compare");
        Assert.Equal(half.As<byte>(), Segment(image, device, Precision.F16).As<byte>()); // the same bits again
    }

    [Theory]
    [InlineData(Precision.F16)]
    [InlineData(Precision.TF32)]
    public void Segmenter_OtherThanFloat32OnTheCpu_IsRefused(Precision precision)
    {
        using SegmentationModel model = SegmentationModel.Open(SampleVolumes.DemoModel!);
        using CpuDevice cpu = new();
        string refused = Assert.Throws<InvalidRequestException>(() => new Segmenter(model, cpu, new SegmenterOptions { Precision = precision })).Message;
        Assert.Contains($"{precision.Name()} needs a GPU", refused);
    }

    private static LabelVolume Segment(Volume image, Device device, Precision precision)
    {
        using SegmentationModel model = SegmentationModel.Open(SampleVolumes.DemoModel!);
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false, StepSize = 1, Precision = precision });
        return segmenter.Segment([image]).Labels;
    }
}
