using STUNet.Inference;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Inference;

/// <summary>The inner loops of the export against plain loops.</summary>
public sealed unsafe class ExportKernelTests
{
    // Sum, share and quotient are rounded to binary32: three roundings of each of two terms, and the addition.
    private const double Rounding = 4.0 / (1 << 24);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(7, 2)]
    [InlineData(8, 3)]
    [InlineData(16, 7)]
    [InlineData(105, 9)]
    public void Means_OfOneAndBetweenTwoRows_EqualPlainLoops(int classes, int columns)
    {
        int pitch = AccumulatorRing.PitchOf(classes);
        MeanRow row = new(classes, pitch, columns);
        float[] lower = Sums("lower", classes, columns);
        float[] upper = Sums("upper", classes, columns);
        float[] divided = new float[columns * pitch];
        float[] between = new float[columns * pitch];
        const float Share = 0.3f;
        fixed (float* a = lower, b = upper, one = divided, two = between)
        {
            row.Divide(a, one);
            row.DivideBetween(a, b, Share, two);
        }

        for (int x = 0; x < columns; x++)
        {
            for (int c = 0; c < pitch; c++)
            {
                int at = (x * pitch) + c;
                int weight = (x * pitch) + classes;
                double ofLower = (double)lower[at] / lower[weight];
                double ofBoth = ((1 - (double)Share) * ofLower) + ((double)Share * upper[at] / upper[weight]);
                if (c < classes)
                {
                    Assert.Equal(ofLower, divided[at], Rounding);
                    Assert.Equal(ofBoth, between[at], Rounding);
                    continue;
                }

                // Below every logit, and finite: what is interpolated from it must not become NaN.
                Assert.InRange(divided[at], float.MinValue, -1e20f);
                Assert.InRange(between[at], float.MinValue, -1e20f);
            }
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(112)]
    public void IndexOf_EqualValues_LowestIndexWins(int count)
    {
        float* values = stackalloc float[count];
        for (int first = 0; first < count; first++)
        {
            for (int second = first; second < count; second++)
            {
                for (int i = 0; i < count; i++)
                    values[i] = -1f / (i + 2);
                values[first] = values[second] = 0.5f;
                AssertIndex(first, values, count);
            }
        }

        new Span<float>(values, count).Clear();
        AssertIndex(0, values, count);
        values[count - 1] = float.NaN;
        AssertIndex(0, values, count);
    }

    private static void AssertIndex(int expected, float* values, int count)
    {
        Assert.Equal(expected, ClassMaximum.IndexOf(values, count));
        Assert.Equal(expected, ClassMaximum.IndexOf256(values, count));
        if (count % 16 == 0)
            Assert.Equal(expected, ClassMaximum.IndexOf512(values, count));
    }

    /// <summary>Sums of windows: probabilities up to 1 times a weight of 0.5 to 2, which stands behind the classes, and rubbish behind it.</summary>
    private static float[] Sums(string salt, int classes, int columns)
    {
        int pitch = AccumulatorRing.PitchOf(classes);
        float[] values = OpCase.Uniform(columns * pitch, salt);
        for (int x = 0; x < columns; x++)
        {
            float weight = 1.25f + (0.75f * values[(x * pitch) + classes]);
            for (int c = 0; c < classes; c++)
                values[(x * pitch) + c] = Math.Abs(values[(x * pitch) + c]) * weight;
            values[(x * pitch) + classes] = weight;
        }

        return values;
    }
}
