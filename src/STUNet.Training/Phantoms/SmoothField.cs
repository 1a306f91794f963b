using System.Numerics;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// A smooth random displacement: 5x5x5 normal vectors over the whole volume, corner on corner, and cubic B-splines through them (SciPy's zoom of order 3).
/// </summary>
internal sealed class SmoothField
{
    private const int Cells = 5;
    private const int Components = 3;
    private readonly double[] _coarse = new double[Components * Cells * Cells * Cells];
    private readonly double[][] _weights;
    private readonly double[] _slab = new double[Components * Cells * Cells];
    private readonly double[] _line = new double[Components * Cells];

    /// <summary>Draws a field.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="size">Voxels of the volume it covers.</param>
    /// <param name="amplitude">Standard deviation of the coarse vectors, mm.</param>
    public SmoothField(SampleRandom random, Int3 size, double amplitude)
    {
        for (int i = 0; i < _coarse.Length; i++)
            _coarse[i] = amplitude * random.Gaussian();
        double[] cardinal = CardinalCoefficients();
        _weights = [Weights(cardinal, size.D), Weights(cardinal, size.H), Weights(cardinal, size.W)];
    }

    /// <summary>Goes to a slice.</summary>
    public void SetSlice(int z) => Contract(_coarse, _weights[0].AsSpan(z * Cells, Cells), _slab);

    /// <summary>Goes to a row of the slice.</summary>
    public void SetRow(int y) => Contract(_slab, _weights[1].AsSpan(y * Cells, Cells), _line);

    /// <summary>The displacement (z, y, x) of a voxel of the row, mm.</summary>
    public (double Z, double Y, double X) At(int x)
    {
        Span<double> vector = stackalloc double[Components];
        Contract(_line, _weights[2].AsSpan(x * Cells, Cells), vector);
        return (vector[0], vector[1], vector[2]);
    }

    /// <summary>Sums over the first axis behind the components.</summary>
    private static void Contract(ReadOnlySpan<double> values, ReadOnlySpan<double> weights, Span<double> result)
    {
        int rest = result.Length / Components;
        for (int i = 0; i < result.Length; i++)
        {
            double sum = 0;
            for (int cell = 0; cell < Cells; cell++)
                sum += weights[cell] * values[(i / rest * Cells + cell) * rest + i % rest];
            result[i] = sum;
        }
    }

    /// <summary>Spline coefficients of the five unit vectors: [coefficient, vector], rows padded to whole vectors.</summary>
    private static double[] CardinalCoefficients()
    {
        int lanes = Lanes;
        double[] lines = new double[Cells * lanes];
        for (int cell = 0; cell < Cells; cell++)
            lines[cell * lanes + cell] = 1;
        CubicSpline.Prefilter(lines, lanes, SplineBoundary.WholeSample);
        return lines;
    }

    private static int Lanes => (Cells + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    private static double[] Weights(double[] cardinal, int size)
    {
        double[] weights = new double[size * Cells];
        Span<double> taps = stackalloc double[4];
        for (int o = 0; o < size; o++)
        {
            double position = size == 1 ? 0 : (double)o * (Cells - 1) / (size - 1);
            int k = (int)position;
            double t = position - k;
            taps[0] = (1 - t) * (1 - t) * (1 - t) / 6;
            taps[1] = (t * t * (t - 2) * 3 + 4) / 6;
            taps[3] = t * t * t / 6;
            taps[2] = 1 - taps[0] - taps[1] - taps[3];
            for (int tap = 0; tap < taps.Length; tap++)
            {
                int at = Math.Abs(k - 1 + tap);
                at = at < Cells ? at : 2 * (Cells - 1) - at;
                for (int cell = 0; cell < Cells; cell++)
                    weights[o * Cells + cell] += taps[tap] * cardinal[at * Lanes + cell];
            }
        }

        return weights;
    }
}
