using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Sums of (value - shift) or of its square, in double. Eight partial sums on every machine, whatever its vectors, so that the bits are the same.
/// </summary>
public static class ShiftedSum
{
    /// <summary>Over all values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="shift">What is subtracted from each.</param>
    /// <param name="power">1, or 2 for squares.</param>
    public static double OfAll(ReadOnlySpan<float> values, double shift, int power)
    {
        ReadOnlySpan<Vector256<float>> vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        Vector256<double> origin = Vector256.Create(shift);
        (Vector256<double> low, Vector256<double> high) = (default, default);
        foreach (Vector256<float> vector in vectors)
        {
            (Vector256<double> first, Vector256<double> second) = Vector256.Widen(vector);
            (first, second) = (first - origin, second - origin);
            low += power == 1 ? first : first * first;
            high += power == 1 ? second : second * second;
        }

        double sum = Vector256.Sum(low + high);
        foreach (float value in values[(vectors.Length * Vector256<float>.Count)..])
            sum += Term(value, shift, power);
        return sum;
    }

    /// <summary>Over the values between two limits and, with marks, not outside of the image.</summary>
    /// <param name="values">The values.</param>
    /// <param name="marks">Per value, negative outside; empty for none.</param>
    /// <param name="low">The lower limit.</param>
    /// <param name="high">The upper limit.</param>
    /// <param name="isUnlimited">Whether the limits do not count.</param>
    /// <param name="shift">What is subtracted from each.</param>
    /// <param name="power">1, or 2 for squares.</param>
    /// <returns>The sum and the number of values in it.</returns>
    public static (double Sum, long Count) OfSome(
        ReadOnlySpan<float> values, ReadOnlySpan<sbyte> marks, double low, double high, bool isUnlimited, double shift, int power)
    {
        (double sum, long count) = (0, 0);
        for (int i = 0; i < values.Length; i++)
        {
            bool between = isUnlimited || (values[i] > low && values[i] < high);
            if (!between || (!marks.IsEmpty && marks[i] < 0))
                continue;
            sum += Term(values[i], shift, power);
            count++;
        }

        return (sum, count);
    }

    private static double Term(float value, double shift, int power) => power == 1 ? value - shift : (value - shift) * (value - shift);
}
