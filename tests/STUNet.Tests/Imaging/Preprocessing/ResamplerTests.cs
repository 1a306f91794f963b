using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class ResamplerTests
{
    private static readonly float[] Line = [0, 10, -5, 20, 3, 7];

    [Theory]
    [InlineData(InterpolationOrder.Cubic, new[] { 3.389586f, -4.126815f, 19.006872f, 4.798823f })]
    [InlineData(InterpolationOrder.Linear, new[] { 2.5f, -1.25f, 15.75f, 6f })]
    [InlineData(InterpolationOrder.Nearest, new[] { 0f, -5, 20, 7 })]
    [InlineData(InterpolationOrder.Cubic, new[] { -1.249453f, 7.310683f, 7.756775f, -4.972081f, 7.539419f, 19.904423f, 5.969020f, 2.491186f, 7.826446f })]
    [InlineData(InterpolationOrder.Linear, new[] { 0f, 5, 7.5f, -2.5f, 7.5f, 17.166667f, 5.833333f, 5, 7 })]
    [InlineData(InterpolationOrder.Nearest, new[] { 0f, 10, 10, -5, 20, 20, 3, 7, 7 })]
    public void Resample_SixSamplesAlongAnyAxis_PublishedValues(InterpolationOrder order, float[] expected)
    {
        for (int axis = 0; axis < 3; axis++)
        {
            float[] actual = Resample(Line, Int3.From(a => a == axis ? Line.Length : 1), Int3.From(a => a == axis ? expected.Length : 1), order, null);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], 2e-6);
        }
    }

    [Theory]
    [InlineData(InterpolationOrder.Cubic, null, 4319.648429, 3.47528f, 67.93824f)]
    [InlineData(InterpolationOrder.Linear, null, 4834.561977, 12.04448f, 56.73039f)]
    [InlineData(InterpolationOrder.Nearest, null, 7901.817132, 0f, 120.04366f)]
    [InlineData(InterpolationOrder.Cubic, 0, 5071.599299, 7.49975f, 82.67954f)]
    public void Resample_HandVolume_PublishedValues(InterpolationOrder order, int? axis, double sum, float first, float rowEnd)
    {
        float[] source = new float[4 * 5 * 6];
        for (int i = 0; i < source.Length; i++)
        {
            (int z, int y, int x) = (i / 30, i / 6 % 5, i % 6);
            source[i] = (float)(100 * Math.Sin(0.7 * z + 1.3 * y + 0.4 * x) + 10 * z * y - 5 * x);
        }

        float[] actual = Resample(source, new Int3(4, 5, 6), new Int3(6, 4, 9), order, axis);

        // 216 values of order 100 and as many inputs, each rounded to binary32 (4e-6): the sum is good to 1e-3.
        Assert.Equal(sum, actual.Sum(value => (double)value), 1e-3);
        Assert.Equal(first, actual[0], 2e-5);
        Assert.Equal(rowEnd, actual[((3 * 4) + 2) * 9 + 8], 2e-5);
    }

    [Theory]
    [InlineData(1, 9, 2, 2, 12, 4)]
    [InlineData(2, 1, 35, 7, 1, 21)]
    [InlineData(5, 7, 3, 5, 3, 8)]
    [InlineData(3, 4, 1, 1, 1, 1)]
    [InlineData(3, 6, 9, 5, 7, 11)]
    public void Resample_Cubic_EqualsDirectEvaluation(int d, int h, int w, int d2, int h2, int w2)
    {
        (Int3 size, Int3 newSize) = (new Int3(d, h, w), new Int3(d2, h2, w2));
        float[] source = Random(size, 3);
        float[] actual = Resample(source, size, newSize, InterpolationOrder.Cubic, null);
        double[][] weights = [.. Enumerable.Range(0, 3).Select(axis => Matrix(size[axis], newSize[axis]))];
        for (int i = 0; i < actual.Length; i++)
        {
            (int z, int y, int x) = (i / newSize.W / newSize.H, i / newSize.W % newSize.H, i % newSize.W);
            double sum = 0;
            for (int j = 0; j < source.Length; j++)
                sum += weights[0][z * d + j / w / h] * weights[1][y * h + j / w % h] * weights[2][x * w + j % w] * source[j];
            Assert.Equal(Math.Clamp(sum, source.Min(), source.Max()), actual[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Resample_SeparateAxis_EqualsDirectEvaluation(int axis)
    {
        (Int3 size, Int3 newSize) = (new Int3(3, 6, 7), new Int3(5, 4, 11));
        float[] source = Random(size, 4);
        float[] actual = Resample(source, size, newSize, InterpolationOrder.Cubic, axis);
        double[][] weights = [.. Enumerable.Range(0, 3).Select(a => Matrix(size[a], newSize[a]))];
        for (int i = 0; i < actual.Length; i++)
        {
            Int3 to = newSize.PositionOf(i);
            int plane = (int)Math.Floor((to[axis] + 0.5) * size[axis] / newSize[axis]);
            (double sum, double min, double max) = (0, double.PositiveInfinity, double.NegativeInfinity);
            for (int j = 0; j < source.Length; j++)
            {
                Int3 from = size.PositionOf(j);
                if (from[axis] != plane)
                    continue;
                double weight = 1;
                for (int a = 0; a < 3; a++)
                    weight *= a == axis ? 1 : weights[a][(to[a] * size[a]) + from[a]];
                sum += weight * source[j];
                (min, max) = (Math.Min(min, source[j]), Math.Max(max, source[j]));
            }

            Assert.Equal(Math.Clamp(sum, min, max), actual[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Resample_AnyNumberOfWorkers_SameBits(int? axis)
    {
        (Int3 size, Int3 newSize) = (new Int3(9, 41, 37), new Int3(12, 33, 50));
        float[] source = Random(size, 5);
        float[] one = Resample(source, size, newSize, InterpolationOrder.Cubic, axis, workers: 1);
        Assert.Equal(one, Resample(source, size, newSize, InterpolationOrder.Cubic, axis, workers: 2));
        Assert.Equal(one, Resample(source, size, newSize, InterpolationOrder.Cubic, axis, workers: 5));
    }

    [Fact]
    public void Resample_EqualSizes_Unchanged()
    {
        float[] source = Random(new Int3(3, 4, 5), 1);
        Assert.Equal(source, Resample(source, new Int3(3, 4, 5), new Int3(3, 4, 5), InterpolationOrder.Cubic, 0));
    }

    [Fact]
    public void Nearest_HalvedAxis_TakesTheOddSamples() => Assert.Equal([1, 3, 5, 7], AxisSampling.Nearest(8, 4).Lower.ToArray());

    [Fact]
    public void ResampleLabels_HandVolume_PublishedCounts()
    {
        short[] source = new short[4 * 5 * 6];
        for (int i = 0; i < source.Length; i++)
            source[i] = (short)(i / 30 / 2 + 2 * (i / 6 % 5 / 3) + (i % 6 > 3 ? 4 : 0));
        source[0] = -1;
        short[] actual = new short[6 * 4 * 9];
        using WorkerPool pool = new(2);
        LabelResampler.Resample<short>(source, new Int3(4, 5, 6), actual, new Int3(6, 4, 9), InterpolationOrder.Linear, null, pool);
        Assert.Equal([1, 39, 36, 35, 35, 18, 18, 17, 17], Enumerable.Range(-1, 9).Select(label => actual.Count(value => value == label)));
        Assert.Equal([2, 2, 2, 2, 2, 0, 0, 6, 6], actual.AsSpan(((2 * 4) + 2) * 9, 9).ToArray().Select(value => (int)value));
    }

    /// <summary>Weight of every sample on every output: the spline through unit impulses, found by solving the interpolation equations densely.</summary>
    private static double[] Matrix(int n, int m)
    {
        const int pad = 12;
        int padded = n + 2 * pad;
        double[] result = new double[m * n];
        for (int source = 0; source < n; source++)
        {
            double[] right = [.. Enumerable.Range(0, padded).Select(i => Math.Clamp(i - pad, 0, n - 1) == source ? 6.0 : 0)];
            double[] diagonal = [.. Enumerable.Range(0, padded).Select(i => i == 0 || i == padded - 1 ? 5.0 : 4)];
            for (int i = 1; i < padded; i++)
            {
                diagonal[i] -= 1 / diagonal[i - 1];
                right[i] -= right[i - 1] / diagonal[i - 1];
            }

            for (int i = padded - 1; i >= 0; i--)
                right[i] = (right[i] - (i + 1 < padded ? right[i + 1] : 0)) / diagonal[i];
            for (int o = 0; o < m; o++)
            {
                double x = (o + 0.5) * n / m - 0.5 + pad;
                for (int i = 0; i < padded; i++)
                    result[o * n + source] += right[i] * BSpline(Math.Abs(x - i));
            }
        }

        return result;
    }

    private static double BSpline(double x) => x >= 2 ? 0 : x >= 1 ? Math.Pow(2 - x, 3) / 6 : 2.0 / 3 - x * x + x * x * x / 2;

    private static float[] Random(Int3 size, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, (int)size.Product).Select(_ => (float)(random.NextDouble() * 200 - 100))];
    }

    private static float[] Resample(float[] source, Int3 size, Int3 newSize, InterpolationOrder order, int? axis, int workers = 2)
    {
        using WorkerPool pool = new(workers);
        float[] target = new float[newSize.Product];
        ImageResampler.Resample(source, size, target, newSize, order, axis, pool);
        return target;
    }
}
