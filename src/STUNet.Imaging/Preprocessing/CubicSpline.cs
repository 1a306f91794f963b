using System.Numerics;
using System.Runtime.InteropServices;

namespace STUNet.Imaging.Preprocessing;

/// <summary>The coefficients of the cubic B-spline that goes through given samples: SciPy's recursive prefilter.</summary>
/// <remarks>Unser, Aldroubi and Eden, "B-spline signal processing", IEEE Trans. Signal Processing 41 (1993).</remarks>
public static class CubicSpline
{
    /// <summary>|z|^64 is below 1e-36, far under the last bit of the start value.</summary>
    private const int StartTerms = 64;

    private static readonly double Pole = Math.Sqrt(3) - 2;
    private static readonly double Gain = (1 - Pole) * (1 - 1 / Pole);

    /// <summary>Turns samples into coefficients in place, along one axis of a bundle of parallel lines.</summary>
    /// <param name="lines">Sample i of lane l lies at i * lanes + l. Lanes never mix: unused ones may hold anything.</param>
    /// <param name="lanes">Lines in the bundle, a multiple of the vector length.</param>
    /// <param name="boundary">How the samples go on beyond the ends; a single sample is its own coefficient with <see cref="SplineBoundary.WholeSample"/>.</param>
    public static void Prefilter(Span<double> lines, int lanes, SplineBoundary boundary)
    {
        int width = lanes / Vector<double>.Count;
        ArgumentOutOfRangeException.ThrowIfNotEqual(width * Vector<double>.Count, lanes);
        Span<Vector<double>> c = MemoryMarshal.Cast<double, Vector<double>>(lines);
        int n = lines.Length / lanes;
        if (n == 1 && boundary == SplineBoundary.WholeSample)
            return;
        Vector<double> z = new(Pole);
        Vector<double> gain = new(Gain);
        for (int i = 0; i < c.Length; i++)
            c[i] *= gain;
        for (int v = 0; v < width; v++)
            c[v] = boundary == SplineBoundary.HalfSample ? StartOfHalfSample(c[v..], n, width) : StartOfWholeSample(c[v..], n, width);
        for (int i = width; i < c.Length; i++)
            c[i] += z * c[i - width];
        Vector<double> end = new(boundary == SplineBoundary.HalfSample ? Pole / (Pole - 1) : Pole / (Pole * Pole - 1));
        for (int i = c.Length - width; i < c.Length; i++)
            c[i] = (boundary == SplineBoundary.HalfSample ? c[i] : c[i] + z * c[i - width]) * end;
        for (int i = c.Length - width - 1; i >= 0; i--)
            c[i] = z * (c[i + width] - c[i]);
    }

    private static Vector<double> StartOfHalfSample(ReadOnlySpan<Vector<double>> c, int n, int width)
    {
        double zn = Math.Pow(Pole, n);
        Vector<double> sum = c[0] + zn * c[(n - 1) * width];
        double zi = Pole;
        for (int i = 1; i < Math.Min(n, StartTerms); i++, zi *= Pole)
            sum += zi * (c[i * width] + zn * c[(n - 1 - i) * width]);
        return c[0] + sum * (Pole / (1 - zn * zn));
    }

    private static Vector<double> StartOfWholeSample(ReadOnlySpan<Vector<double>> c, int n, int width)
    {
        double zn = Math.Pow(Pole, n - 1);
        Vector<double> sum = c[0] + zn * c[(n - 1) * width];
        double zi = Pole;
        for (int i = 1; i < Math.Min(n - 1, StartTerms); i++, zi *= Pole)
            sum += zi * (c[i * width] + zn * c[(n - 1 - i) * width]);
        return sum * (1 / (1 - zn * zn));
    }
}
