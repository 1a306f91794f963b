using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Kernels;
using STUNet.TestKit;

namespace STUNet.Tests.Gpu;

/// <summary>The demo model on part of its volume: what a GPU says, in float32 and in binary16, beside the CPU.</summary>
public sealed class SegmenterGpuTests
{
    // The bars that binary16 has to meet beside float32.
    private const double LeastAgreement = 0.999;
    private const double MostDiceApart = 0.005;

    // One patch of the model, 144x144x191 mm.
    private static readonly Int3 Origin = new(20, 26, 40);
    private static readonly Int3 Size = new(36, 80, 106);

    private static readonly string Demo = Path.Combine(RepositoryRoot.Path, "samples", "demo");

    /// <summary>Float32 differs from the CPU's by other orders of sums: only where two classes are nearly as probable, which a thousandth of the voxels are not.</summary>
    [Fact]
    public void Segment_Binary16_AgreesWithFloat32AndTheCpu()
    {
        GpuDevice device = OpenCl.Device;
        Volume image = Crop(VolumeFile.Read(Path.Combine(Demo, "phantom_01_0000.nii.gz")));
        LabelVolume truth = Rounded(Crop(VolumeFile.Read(Path.Combine(Demo, "phantom_01_truth.nii.gz"))));
        using CpuDevice cpu = new();
        LabelVolume expected = Segment(image, cpu, DType.F32);
        LabelVolume single = Segment(image, device, DType.F32);
        LabelVolume half = Segment(image, device, DType.F16);
        Assert.True(LabelsOf(expected).Count() > 4, "too few structures to compare");
        TestContext.Current.TestOutputHelper!.WriteLine($"agreement: {Agreement(expected, single):F6} {Agreement(single, half):F6}");
        Assert.InRange(Agreement(expected, single), LeastAgreement, 1);
        Assert.InRange(Agreement(single, half), LeastAgreement, 1);
        foreach (byte label in LabelsOf(truth).Where(label => label > 0))
            Assert.InRange(Math.Abs(Dice(single, truth, label) - Dice(half, truth, label)), 0, MostDiceApart);
        Assert.Equal(half.As<byte>(), Segment(image, device, DType.F16).As<byte>()); // the same bits again
    }

    [Fact]
    public void Segmenter_Binary16OnTheCpu_IsRefused()
    {
        using SegmentationModel model = SegmentationModel.Open(Path.Combine(Demo, "model"));
        using CpuDevice cpu = new();
        string refused = Assert.Throws<InvalidRequestException>(() => new Segmenter(model, cpu, new SegmenterOptions { Activations = DType.F16 })).Message;
        Assert.Contains("f16 need a GPU", refused);
        Assert.Throws<InvalidRequestException>(() => new Segmenter(model, cpu, new SegmenterOptions { Activations = DType.U8 }));
    }

    private static Volume Crop(Volume whole)
    {
        Volume part = new(new VolumeGeometry(Size, whole.Geometry.Spacing));
        for (int z = 0; z < Size.D; z++)
        {
            for (int y = 0; y < Size.H; y++)
                whole.Slice(Origin.D + z).Slice(((Origin.H + y) * whole.Size.W) + Origin.W, Size.W).CopyTo(part.Slice(z).Slice(y * Size.W, Size.W));
        }

        return part;
    }

    private static LabelVolume Rounded(Volume labels) => new(labels.Geometry, [.. labels.Voxels.ToArray().Select(value => (byte)value)]);

    private static LabelVolume Segment(Volume image, Device device, DType activations)
    {
        using SegmentationModel model = SegmentationModel.Open(Path.Combine(Demo, "model"));
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false, StepSize = 1, Activations = activations });
        return segmenter.Segment([image]).Labels;
    }

    private static IEnumerable<byte> LabelsOf(LabelVolume labels) => labels.As<byte>().ToArray().Distinct();

    private static double Agreement(LabelVolume one, LabelVolume other) =>
        (double)one.As<byte>().ToArray().Zip(other.As<byte>().ToArray()).Count(pair => pair.First == pair.Second) / Size.Product;

    private static double Dice(LabelVolume labels, LabelVolume truth, uint label) => LabelOverlap.Of(labels, truth).Counts(LabelOrRegion.Label(label)).Dice;
}
