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
        byte[] truth = Crop(VolumeFile.ReadLabels(Path.Combine(Demo, "phantom_01_truth.nii.gz")));
        using CpuDevice cpu = new();
        byte[] expected = Segment(image, cpu, DType.F32);
        byte[] single = Segment(image, device, DType.F32);
        byte[] half = Segment(image, device, DType.F16);
        Assert.True(expected.Distinct().Count() > 4, "too few structures to compare");
        Assert.InRange(Agreement(expected, single), LeastAgreement, 1);
        Assert.InRange(Agreement(single, half), LeastAgreement, 1);
        foreach (byte label in truth.Distinct().Where(label => label > 0))
            Assert.InRange(Math.Abs(Dice(truth, single, label) - Dice(truth, half, label)), 0, MostDiceApart);
        Assert.Equal(half, Segment(image, device, DType.F16)); // the same bits again
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
        Volume part = new(GeometryOf(whole.Geometry));
        for (int z = 0; z < Size.D; z++)
        {
            for (int y = 0; y < Size.H; y++)
                whole.Slice(Origin.D + z).Slice(((Origin.H + y) * whole.Size.W) + Origin.W, Size.W).CopyTo(part.Slice(z).Slice(y * Size.W, Size.W));
        }

        return part;
    }

    private static byte[] Crop(LabelVolume whole)
    {
        List<byte> labels = [];
        for (int z = 0; z < Size.D; z++)
        {
            for (int y = 0; y < Size.H; y++)
            {
                for (int x = 0; x < Size.W; x++)
                    labels.Add((byte)whole[Origin.D + z, Origin.H + y, Origin.W + x]);
            }
        }

        return [.. labels];
    }

    private static VolumeGeometry GeometryOf(VolumeGeometry whole) => new(Size, whole.Spacing);

    private static byte[] Segment(Volume image, Device device, DType activations)
    {
        using SegmentationModel model = SegmentationModel.Open(Path.Combine(Demo, "model"));
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false, StepSize = 1, Activations = activations });
        return segmenter.Segment([image]).Labels.As<byte>().ToArray();
    }

    private static double Agreement(byte[] one, byte[] other) => (double)one.Zip(other).Count(pair => pair.First == pair.Second) / one.Length;

    private static double Dice(byte[] truth, byte[] labels, byte label)
    {
        long both = truth.Zip(labels).LongCount(pair => pair.First == label && pair.Second == label);
        long either = truth.LongCount(value => value == label) + labels.LongCount(value => value == label);
        return either == 0 ? 1 : 2.0 * both / either;
    }
}
