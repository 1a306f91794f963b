using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.TestKit.Golden;

namespace STUNet.Tests.Inference;

/// <summary>How close two calculations in binary16 come whose single-precision inputs differ in the last bits.</summary>
internal static class HalfPrecision
{
    // Spacing of binary16 numbers relative to their magnitude, at most.
    private const double Ulp = 1.0 / (1 << 10);

    // Inputs differ by some 1e-6 of their size, so that a sum falls to the other side of a rounding (relative distance 1e-3) once in some hundred times.
    private const double LeastShareOfEqual = 0.9;

    // Logits this close to one another are rare.
    private const double MostDifferentLabels = 0.002;

    /// <summary>
    /// The largest difference: a voxel's sums of n windows round n times, a fold's mean and the sum of the folds once more each, and each rounding may fall to
    /// the other side, one ulp of a value that is at most the largest logit times the weights so far.
    /// </summary>
    public static double Tolerance(double scale, int windows, int folds = 1) => (windows + 1 + (2 * (folds - 1))) * Ulp * scale;

    /// <summary>Asserts that all values are close and most of them equal.</summary>
    public static void AssertClose(GoldenTensor expected, float[] actual, int windows, int folds = 1)
    {
        float[] values = expected.ToSingles();
        Assert.Equal(values.Length, actual.Length);
        double tolerance = Tolerance(values.Max(value => Math.Abs((double)value)), windows, folds);
        int equal = 0;
        for (int i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs(values[i] - (double)actual[i]) <= tolerance, $"{expected.Name}[{i}]: expected {values[i]}, got {actual[i]}, tolerance {tolerance:E2}");
            equal += values[i] == actual[i] ? 1 : 0;
        }

        Assert.True(equal >= LeastShareOfEqual * values.Length, $"{expected.Name}: {equal} of {values.Length} values are equal");
    }

    /// <summary>
    /// Asserts that labels are equal, but for voxels whose two logits lie so close that roundings may have decided.
    /// </summary>
    /// <param name="expected">The reference's label map, on the image's grid.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="exported">Our logits on the grid of the crop box, before their last rounding, network order.</param>
    /// <param name="volume">The case.</param>
    /// <param name="windows">The most windows over one voxel.</param>
    /// <param name="folds">Number of folds.</param>
    public static void AssertLabels(GoldenTensor expected, LabelVolume actual, ProbabilityRecorder exported, PreprocessedCase volume, int windows, int folds = 1)
    {
        AxisPermutation backward = volume.Geometry.Forward.Inverse;
        float[] logits = exported.Transposed([backward[0], backward[1], backward[2]]);
        // Resampling rounds once more; either of the two logits may be off.
        double tolerance = 2 * Tolerance(logits.Max(value => Math.Abs((double)value)), windows + 1, folds);
        CropBox box = volume.Geometry.Box;
        Int3 size = actual.Size;
        Assert.Equal(expected.Bytes.Length, size.Product);
        for (int i = 0; i < expected.Bytes.Length; i++)
        {
            if (actual[i] == expected.Bytes[i])
                continue;
            int z = (i / (size.H * size.W)) - box.Start.D;
            int y = (i / size.W % size.H) - box.Start.H;
            int x = (i % size.W) - box.Start.W;
            float Logit(uint label) => logits[(((((label * box.Size.D) + z) * box.Size.H) + y) * box.Size.W) + x];
            double margin = Math.Abs(Logit(actual[i]) - (double)Logit(expected.Bytes[i]));
            Assert.True(margin <= tolerance, $"{expected.Name}[{i}]: expected {expected.Bytes[i]}, got {actual[i]}, whose logits differ by {margin:E2}");
        }

        int different = Enumerable.Range(0, expected.Bytes.Length).Count(i => actual[i] != expected.Bytes[i]);
        Assert.True(different <= MostDifferentLabels * expected.Bytes.Length, $"{expected.Name}: {different} of {expected.Bytes.Length} labels differ");
    }
}
