using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>Channels that plans normalise within the nonzero region only: what lies outside is found, cropped, transposed and resampled with the image.</summary>
public sealed unsafe class MaskedNormalizationTests
{
    private static readonly Int3 Size = new(17, 14, 12);
    private static readonly int[] Forward = [1, 2, 0];
    private static readonly IntensityProperties Dataset = new(2.1, 0.4, 2, 1, 3, 1.3, 2.8);

    [Theory]
    [InlineData("nonCT", 1.0, 1.0, 1.0)]
    [InlineData("nonCT", 1.3, 1.1, 0.9)]
    [InlineData("CT", 1.3, 1.1, 0.9)]
    public void Run_OneOfTwoChannelsMasked_EqualsPlainLoops(string scheme, double z, double y, double x)
    {
        VolumeGeometry geometry = new(Size, new Spacing(z, y, x));
        Volume[] image = [new Volume(geometry, Intensities(0)), new Volume(geometry, Intensities(1))];
        using WorkerPool workers = new(2);
        using PreprocessedCase plain = Run("noNorm", false, image, workers);
        using PreprocessedCase masked = Run(scheme, true, image, workers);
        Assert.Equal(new CropBox(new Int3(2, 1, 1), new Int3(13, 11, 9)), masked.Geometry.Box);
        Assert.Equal(masked.Grid.Volume, masked.Grid.Padded);
        int count = (int)masked.Grid.Volume.Product;
        bool[] inside = InsideOnNetworkGrid(masked.Geometry);
        Assert.Contains(true, inside);
        Assert.Contains(false, inside);
        ReadOnlySpan<float> expected = new(plain.Voxels.Pointer, 2 * count);
        ReadOnlySpan<float> actual = new(masked.Voxels.Pointer, 2 * count);
        Compare(Normalised(expected[..count], inside, scheme), actual[..count]);
        Assert.True(expected[count..].SequenceEqual(actual[count..]), "the other channel has no normalisation and no mask");
    }

    private static PreprocessedCase Run(string scheme, bool useMask, Volume[] image, WorkerPool workers)
    {
        ModelManifest manifest = SegmenterCases.Manifest(channels: 2, forward: [.. Forward]) with
        {
            Channels = [new ChannelNormalization("", scheme, useMask, Dataset), new ChannelNormalization("", "noNorm", false, null)],
        };
        return new CasePreprocessor(manifest, 0.5, workers).Run(image, new StepClock(), CancellationToken.None);
    }

    /// <summary>An ellipsoid without one octant, so that no axis is symmetric; its box is 13x11x9 at (2, 1, 1).</summary>
    private static bool IsInside(int z, int y, int x)
    {
        (double a, double b, double c) = ((z - 8) / 6.2, (y - 6) / 5.2, (x - 5) / 4.2);
        return (a * a) + (b * b) + (c * c) <= 1 && !(z > 8 && y > 6 && x > 5);
    }

    /// <summary>Zero outside; inside 1 to 3, but zero in an enclosed hole and, in the second channel, in the first half too.</summary>
    private static float[] Intensities(int channel)
    {
        float[] values = TestKit.Ops.OpCase.Uniform(Size.Product, $"masked {channel}");
        for (int i = 0; i < values.Length; i++)
        {
            (int z, int y, int x) = (i / (Size.H * Size.W), i / Size.W % Size.H, i % Size.W);
            bool hole = z is >= 5 and <= 7 && y is >= 5 and <= 7 && x is >= 3 and <= 5;
            values[i] = !IsInside(z, y, x) || hole || (channel == 1 && z < 8) ? 0 : values[i] + 2;
        }

        return values;
    }

    /// <summary>Where the mask, interpolated linearly between voxel centres of the box, reaches a half; in network order.</summary>
    private static bool[] InsideOnNetworkGrid(CaseGeometry geometry)
    {
        Int3 size = geometry.NetworkSize;
        bool[] inside = new bool[size.Product];
        for (int i = 0; i < inside.Length; i++)
        {
            int[] at = [i / (size.H * size.W), i / size.W % size.H, i % size.W];
            double[] position = new double[3];
            for (int axis = 0; axis < 3; axis++)
            {
                int cropped = geometry.Box.Size[Forward[axis]];
                position[Forward[axis]] = Math.Clamp(((at[axis] + 0.5) * cropped / size[axis]) - 0.5, 0, cropped - 1);
            }

            double share = 0;
            for (int corner = 0; corner < 8; corner++)
            {
                double weight = 1;
                int[] voxel = new int[3];
                for (int axis = 0; axis < 3; axis++)
                {
                    int lower = (int)position[axis];
                    bool upper = (corner >> axis & 1) == 1;
                    weight *= upper ? position[axis] - lower : 1 - (position[axis] - lower);
                    voxel[axis] = geometry.Box.Start[axis] + lower + (upper ? 1 : 0);
                }

                share += weight > 0 && IsInside(voxel[0], voxel[1], voxel[2]) ? weight : 0;
            }

            Assert.True(Math.Abs(share - 0.5) > 1e-9, "a tie would be decided by rounding: choose other sizes");
            inside[i] = share > 0.5;
        }

        return inside;
    }

    private static double[] Normalised(ReadOnlySpan<float> values, bool[] inside, string scheme)
    {
        double[] kept = [.. values.ToArray().Where((_, i) => inside[i]).Select(value => (double)value)];
        double mean = kept.Average();
        double deviation = Math.Sqrt(kept.Average(value => (value - mean) * (value - mean)));
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double value = scheme == "CT"
                ? (Math.Clamp(values[i], Dataset.Percentile005, Dataset.Percentile995) - Dataset.Mean) / Dataset.StandardDeviation
                : (values[i] - mean) / (deviation + 1e-8);
            result[i] = inside[i] ? value : 0;
        }

        return result;
    }

    // Computed in binary64 and rounded once: half an ulp, and sums in another order, some 1e-13 of values of magnitude 1.
    private static void Compare(double[] expected, ReadOnlySpan<float> actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= (Math.Pow(2, -24) * Math.Abs(expected[i])) + 1e-12, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
