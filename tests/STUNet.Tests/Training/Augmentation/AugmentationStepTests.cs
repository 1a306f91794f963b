using STUNet.Core;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>Steps with values worked out by hand.</summary>
public sealed class AugmentationStepTests
{
    private static readonly Int3 Row = new(1, 1, 5);

    [Fact]
    public void Spatial_NoParameters_CutsTheCentreAndRoundsDown()
    {
        SamplePatch patch = Transform(new SpatialTransform(null, null, false), [0, 1, 2, 3, 4], Row, new Int3(1, 1, 2));
        Assert.Equal([1f, 2f], patch.Values());
        Assert.Equal<short>([1, 2], patch.Labels.ToArray());
    }

    [Fact]
    public void Spatial_QuarterTurn_TurnsThePlane()
    {
        // Row vectors times [[cos, -sin], [sin, cos]]: the output at (y, x) = (-1, 0) reads the input at (0, 1).
        float[] image = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        SamplePatch patch = Transform(
            new SpatialTransform(new RotationAngles(Math.PI / 2, 0, 0), null, InPlane: true), image, new Int3(1, 3, 3), new Int3(1, 3, 3));
        float[] expected = [2, 5, 8, 1, 4, 7, 0, 3, 6];

        // sin and cos are rounded: corners lie 1e-16 inside or outside of the image, and outside is 0.
        Assert.Equal(expected[4], patch.Values()[4], 1e-6f);
        Assert.All(Enumerable.Range(0, 9), i => Assert.True(patch.Values()[i] == 0 || Math.Abs(patch.Values()[i] - expected[i]) < 1e-6));
    }

    [Fact]
    public void Spatial_ZoomOut_IsZeroOutside()
    {
        SamplePatch patch = Transform(new SpatialTransform(null, 2, false), [1, 1, 1, 1, 1], Row, Row);
        Assert.Equal([0f, 1f, 1f, 1f, 0f], patch.Values().Select(value => MathF.Round(value, 6)));
        Assert.Equal<short>([0, 1, 1, 1, 0], patch.Labels.ToArray());
    }

    [Fact]
    public void Spatial_SplineThroughSamples_ReturnsThem()
    {
        // Scaling by 1 interpolates at the samples themselves, mirrored ends included.
        float[] image = [.. new SampleRandom(1) is var random ? Enumerable.Range(0, 4 * 3 * 5).Select(_ => (float)random.Gaussian()) : []];
        SamplePatch patch = Transform(new SpatialTransform(null, 1, false), image, new Int3(4, 3, 5), new Int3(4, 3, 5));
        Assert.All(image.Zip(patch.Values()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Spatial_LargePatch_FiltersOnlyWhatItNeeds()
    {
        // The small patch reads a box in the middle; filtering all of the volume must give the same to the last bit of binary32 or nearly.
        Int3 size = new(70, 72, 74);
        float[] image = [.. new SampleRandom(2) is var random ? Enumerable.Range(0, (int)size.Product).Select(_ => (float)random.Gaussian()) : []];
        SpatialTransform transform = new(new RotationAngles(0.1, -0.2, 0.3), 0.9, false);
        SamplePatch small = Transform(transform, image, size, new Int3(6, 6, 6));
        SamplePatch large = Transform(transform, image, size, new Int3(60, 60, 60));
        for (int z = 0; z < 6; z++)
        {
            float[] expected = large.Channel(0).Slice((27 + z) * 3600 + 27 * 60 + 27, 6).ToArray();
            float[] actual = small.Channel(0).Slice(z * 36, 6).ToArray();
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        }
    }

    [Fact]
    public void Noise_OfASeed_HasItsDeviationAndRepeats()
    {
        const int Voxels = 100_000;
        float[] values = Apply(new GaussianNoise(0.05, 7), new float[Voxels], new Int3(1, 1, Voxels));
        Assert.Equal(0, values.Average(), 5 * 0.05 / Math.Sqrt(Voxels));
        Assert.Equal(0.05 * 0.05, values.Average(value => (double)value * value), 5 * 0.05 * 0.05 * Math.Sqrt(2.0 / Voxels));
        Assert.Equal(values, Apply(new GaussianNoise(0.05, 7), new float[Voxels], new Int3(1, 1, Voxels)));
    }

    [Fact]
    public void Blur_Impulse_GivesTheKernelReflectedAtTheEdge()
    {
        // Sigma 0.5 reaches two voxels: 1, e^-2, e^-8 before normalisation. The impulse is in the first voxel, so the left half folds back.
        float[] values = Apply(new GaussianBlur([0.5]), [1, 0, 0, 0, 0], Row);
        double sum = 1 + 2 * Math.Exp(-2) + 2 * Math.Exp(-8);
        double[] expected = [(1 + Math.Exp(-2)) / sum, (Math.Exp(-2) + Math.Exp(-8)) / sum, Math.Exp(-8) / sum, 0, 0];
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Fact]
    public void Brightness_NullFactor_LeavesTheChannel() =>
        Assert.Equal([2f, 4f, 3f, 4f], Apply(new BrightnessScaling([2, null]), [1, 2, 3, 4], new Int3(1, 1, 2)));

    [Fact]
    public void Contrast_Spread_IsClippedToTheRange() =>
        Assert.Equal([0f, 0f, 2f, 4f, 4f], Apply(new ContrastScaling([2]), [0, 1, 2, 3, 4], Row));

    [Fact]
    public void Gamma_Square_OfZeroToOne()
    {
        float[] values = Apply(new GammaCorrection([2], IsInverted: false, RetainsStatistics: false), [0, 0.25f, 0.5f, 0.75f, 1], Row);
        Assert.All(((double[])[0, 0.0625, 0.25, 0.5625, 1]).Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Gamma_InvertedSquare_OfZeroToOne()
    {
        // -(((1 - x))^2 - 1) of the negative image, whose smallest value is -1.
        float[] values = Apply(new GammaCorrection([2], IsInverted: true, RetainsStatistics: false), [0, 0.25f, 0.5f, 0.75f, 1], Row);
        Assert.All(((double[])[0, 0.4375, 0.75, 0.9375, 1]).Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Mirror_EveryAxis_FlipsImageAndLabels()
    {
        float[] image = [0, 1, 2, 3, 4, 5, 6, 7];
        Assert.Equal([4f, 5, 6, 7, 0, 1, 2, 3], Apply(new Mirroring([true, false, false]), image, new Int3(2, 2, 2)));
        Assert.Equal([2f, 3, 0, 1, 6, 7, 4, 5], Apply(new Mirroring([false, true, false]), image, new Int3(2, 2, 2)));
        Assert.Equal([1f, 0, 3, 2, 5, 4, 7, 6], Apply(new Mirroring([false, false, true]), image, new Int3(2, 2, 2)));
        SamplePatch patch = new(1, Row, new float[5], new short[] { 1, 2, 3, 4, 5 });
        using AugmentationScratch scratch = new();
        new Mirroring([true, true, true]).Apply(patch, scratch);
        Assert.Equal<short>([5, 4, 3, 2, 1], patch.Labels.ToArray());
    }

    [Fact]
    public void MaskThenRemoval_OutsideVoxels_BecomeZeroInFlaggedChannels()
    {
        SamplePatch patch = new(2, new Int3(1, 1, 3), new float[] { 1, 2, 3, 4, 5, 6 }, new short[] { -1, 0, 2 });
        using AugmentationScratch scratch = new();
        new NonzeroMask([false, true]).Apply(patch, scratch);
        new OutsideLabelRemoval().Apply(patch, scratch);
        Assert.Equal([1f, 2, 3, 0, 5, 6], patch.Values());
        Assert.Equal<short>([0, 0, 2], patch.Labels.ToArray());
    }

    [Fact]
    public void LowResolution_ConstantChannel_StaysAndOthersAreLeft() =>
        Assert.Equal([3f, 3, 3, 3, 1, 2, 3, 4], Apply(new LowResolution([0.5, null], KeepsFirstAxis: false), [3, 3, 3, 3, 1, 2, 3, 4], new Int3(1, 2, 2)));

    private static float[] Apply(IAugmentation step, float[] image, Int3 size)
    {
        SamplePatch patch = new(image.Length / (int)size.Product, size, (float[])image.Clone(), new short[size.Product]);
        using AugmentationScratch scratch = new();
        step.Apply(patch, scratch);
        return patch.Values();
    }

    private static SamplePatch Transform(SpatialTransform transform, float[] image, Int3 size, Int3 patchSize)
    {
        SamplePatch loaded = new(1, size, image, Array.ConvertAll(image, value => (short)value));
        SamplePatch patch = new(1, patchSize);
        using AugmentationScratch scratch = new();
        transform.Apply(loaded, patch, scratch);
        return patch;
    }
}
