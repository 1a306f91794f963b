using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Training;

namespace STUNet.Tests.Training.Phantoms;

public sealed class TorsoPhantomTests
{
    // The tissue's range; blurring over edges moves the mean of a structure less than this.
    private const double EdgeEffect = 45;

    private static readonly (double Low, double High)[] Intensities =
        [(85, 125), (95, 140), (120, 190), (120, 190), (130, 230), (220, 500), (-870, -780), (-870, -780)];

    [Fact]
    public void Create_UsualSize_HasEveryStructureAtItsIntensity()
    {
        TorsoPhantom phantom = TorsoPhantom.Create(new SampleRandom(3), new Int3(96, 80, 112), TorsoPhantom.UsualSpacing);
        double[] sums = new double[9];
        long[] counts = phantom.Labels.Counts();
        Assert.Equal(9, counts.Length);
        for (int i = 0; i < phantom.Labels.Size.Product; i++)
            sums[phantom.Labels[i]] += phantom.Image.Voxels[i];
        for (int label = 1; label < sums.Length; label++)
            Assert.InRange(sums[label] / counts[label], Intensities[label - 1].Low - EdgeEffect, Intensities[label - 1].High + EdgeEffect);
        Assert.InRange(phantom.Image.Voxels[0], -1024f, -900f);
        Assert.All(phantom.Image.Voxels.ToArray(), value => Assert.Equal(MathF.Round(value), value));
    }

    [Fact]
    public void Create_SameSeed_GivesTheSameBitsAndAnotherSeedAnother()
    {
        float[] first = Image(5);
        Assert.Equal(first, Image(5));
        Assert.NotEqual(first, Image(6));

        static float[] Image(ulong seed) => TorsoPhantom.Create(new SampleRandom(seed), new Int3(20, 16, 24), new Spacing(14, 15, 14)).Image.Voxels.ToArray();
    }

    [Fact]
    public void SmoothField_CoarsePoints_AreInterpolated()
    {
        // Nine voxels over five points: every other voxel lies on one.
        SmoothField field = new(new SampleRandom(8), new Int3(9, 5, 9), 2);
        SampleRandom random = new(8);
        double[] coarse = [.. Enumerable.Range(0, 375).Select(_ => 2 * random.Gaussian())];
        for (int i = 0; i < 125; i++)
        {
            field.SetSlice(2 * (i / 25));
            field.SetRow(i / 5 % 5);
            (double z, double y, double x) = field.At(2 * (i % 5));
            Assert.Equal(coarse[i], z, 1e-12);
            Assert.Equal(coarse[125 + i], y, 1e-12);
            Assert.Equal(coarse[250 + i], x, 1e-12);
        }
    }

    /// <summary>The phantoms of the demo model's own generator lie among ours, structure by structure.</summary>
    [Fact]
    public void Create_ManyPhantoms_VolumesSurroundThoseOfTheDemoPhantom()
    {
        LabelVolume truth = VolumeFile.ReadLabels(DemoFiles.Truth);
        double[] expected = Millilitres(truth);
        (Int3 size, Spacing spacing) = (new Int3(58, 50, 70), new Spacing(5, 5, 5));
        double[][] volumes = [.. Enumerable.Range(0, 30).Select(i => Millilitres(TorsoPhantom.Create(new SampleRandom((ulong)i), size, spacing).Labels))];
        for (int label = 1; label < expected.Length; label++)
        {
            double mean = volumes.Average(volume => volume[label]);
            double deviation = Math.Sqrt(volumes.Average(volume => Math.Pow(volume[label] - mean, 2)));
            Assert.InRange(expected[label], mean - 3 * deviation, mean + 3 * deviation);
            Assert.InRange(deviation / mean, 0.05, 0.5);
        }
    }

    /// <summary>
    /// The demo model, trained on such phantoms, segments one it has not seen: its mean over 20 is 0.949, the worst structure of them 0.896.
    /// </summary>
    [Fact]
    public void Create_Phantom_IsSegmentedByTheDemoModel()
    {
        TorsoPhantom phantom = TorsoPhantom.Create(new SampleRandom(12), new Int3(96, 80, 112), TorsoPhantom.UsualSpacing);
        using SegmentationModel model = SegmentationModel.Open(DemoFiles.Model);
        using CpuDevice device = new(2);
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false });
        IReadOnlyDictionary<uint, double> dice = DiceScores.Of(phantom.Labels, segmenter.Segment([phantom.Image]).Labels);
        Assert.InRange(dice.Values.Average(), 0.85, 1);
        Assert.Equal(8, dice.Count);
    }

    private static double[] Millilitres(LabelVolume labels)
    {
        Spacing spacing = labels.Geometry.Spacing;
        return [.. labels.Counts().Select(count => count * spacing.Z * spacing.Y * spacing.X / 1000)];
    }
}
