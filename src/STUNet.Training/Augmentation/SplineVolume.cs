using System.Runtime.Intrinsics;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// One channel as cubic B-spline coefficients, to be interpolated at any position: SciPy's map_coordinates of order 3 with mode constant. The samples are
/// mirrored about the end samples, for the filter and for the taps beyond them; positions outside of the samples give 0.
/// </summary>
/// <remarks>
/// The coefficients lie in double, [z, y, x], with one mirrored element before and two after each axis, so that no tap needs a test. Only the box that the
/// positions need is filtered: <see cref="Reach"/> samples away the filter has forgotten where it started (|z|^24 is 2e-14).
/// </remarks>
internal sealed class SplineVolume
{
    /// <summary>Samples around the positions that decide their values: two taps and the memory of the filter.</summary>
    public const int Reach = 2 + 24;

    private const int Before = 1;
    private const int After = 2;
    private const int Lanes = 16;

    /// <summary>Doubles of a cache line: rows start on whole vectors of any length.</summary>
    private const int Line = 8;

    private double[] _coefficients = [];
    private double[] _lines = [];
    private double[] _slab = [];
    private Int3 _start;
    private Int3 _size;

    private int Pitch => PitchOf(_size);

    private int Plane => Pitch * (_size.H + Before + After);

    /// <summary>Computes the coefficients of a box.</summary>
    /// <param name="samples">The channel, C order (z, y, x).</param>
    /// <param name="size">Its size.</param>
    /// <param name="box">The part that will be interpolated and <see cref="Reach"/> samples around, as far as there are samples.</param>
    public void Load(ReadOnlySpan<float> samples, Int3 size, CropBox box)
    {
        (_start, _size) = (box.Start, box.Size);
        Reserve(size);
        for (int z = 0; z < _size.D; z++)
        {
            Span<double> plane = _coefficients.AsSpan((z + Before) * Plane, Plane);
            FilterRows(samples.Slice((_start.D + z) * size.H * size.W, size.H * size.W), size.W, plane);
            CubicSpline.Prefilter(plane.Slice(Before * Pitch, _size.H * Pitch), Pitch, SplineBoundary.WholeSample);
            Mirror(plane, Pitch, _size.H);
        }

        if (_size.D > 1)
            FilterDepth();
        Mirror(_coefficients.AsSpan(0, (_size.D + Before + After) * Plane), Plane, _size.D);
    }

    /// <summary>Interpolates at all positions of a grid, whose box was loaded.</summary>
    public unsafe void Sample(SamplingGrid grid, Span<float> target)
    {
        fixed (double* coefficients = _coefficients)
        {
            for (int z = 0, at = 0; z < grid.Patch.D; z++)
            {
                for (int y = 0; y < grid.Patch.H; y++, at += grid.Patch.W)
                {
                    grid.SetRow(z, y);
                    SampleRow(coefficients, grid, target.Slice(at, grid.Patch.W));
                }
            }
        }
    }

    private unsafe void SampleRow(double* coefficients, SamplingGrid grid, Span<float> target)
    {
        (int pitch, int plane) = (Pitch, Plane);
        (double lastZ, double lastY, double lastX) = (grid.Loaded.D - 1, grid.Loaded.H - 1, grid.Loaded.W - 1);
        ReadOnlySpan<double> pz = grid.Row(0);
        ReadOnlySpan<double> py = grid.Row(1);
        ReadOnlySpan<double> px = grid.Row(2);
        double* weights = stackalloc double[8];

        // Tap k - 1 of sample k lies at padded index k - 1 + Before = k.
        double* origin = coefficients - ((long)_start.D * plane + (long)_start.H * pitch + _start.W);
        for (int i = 0; i < target.Length; i++)
        {
            (double z, double y, double x) = (pz[i], py[i], px[i]);
            if (!(z >= 0 && z <= lastZ && y >= 0 && y <= lastY && x >= 0 && x <= lastX))
            {
                target[i] = 0;
                continue;
            }

            (int kz, int ky, int kx) = ((int)z, (int)y, (int)x);
            Weights(z - kz).Store(weights);
            Weights(y - ky).Store(weights + 4);
            double* tap = origin + ((long)kz * plane + (long)ky * pitch + kx);
            Vector256<double> w0 = Vector256.Create(weights[4]);
            Vector256<double> w1 = Vector256.Create(weights[5]);
            Vector256<double> w2 = Vector256.Create(weights[6]);
            Vector256<double> w3 = Vector256.Create(weights[7]);
            Vector256<double> sum = Taps(tap, pitch, w0, w1, w2, w3) * Vector256.Create(weights[0]);
            sum = Vector256.MultiplyAddEstimate(Taps(tap + plane, pitch, w0, w1, w2, w3), Vector256.Create(weights[1]), sum);
            sum = Vector256.MultiplyAddEstimate(Taps(tap + 2 * plane, pitch, w0, w1, w2, w3), Vector256.Create(weights[2]), sum);
            sum = Vector256.MultiplyAddEstimate(Taps(tap + 3 * plane, pitch, w0, w1, w2, w3), Vector256.Create(weights[3]), sum);
            target[i] = (float)Vector256.Sum(sum * Weights(x - kx));
        }
    }

    /// <summary>Four taps along x of one plane, each summed over its four rows.</summary>
    private static unsafe Vector256<double> Taps(
        double* tap, int pitch, Vector256<double> w0, Vector256<double> w1, Vector256<double> w2, Vector256<double> w3)
    {
        Vector256<double> sum = Vector256.Load(tap) * w0;
        sum = Vector256.MultiplyAddEstimate(Vector256.Load(tap + pitch), w1, sum);
        sum = Vector256.MultiplyAddEstimate(Vector256.Load(tap + 2 * pitch), w2, sum);
        return Vector256.MultiplyAddEstimate(Vector256.Load(tap + 3 * pitch), w3, sum);
    }

    /// <summary>The four weights of a position t behind the second tap: the cubic B-spline's pieces as polynomials in t.</summary>
    private static Vector256<double> Weights(double t)
    {
        Vector256<double> v = Vector256.Create(t);
        Vector256<double> w = Vector256.MultiplyAddEstimate(v, Vector256.Create(-1.0 / 6, 1.0 / 2, -1.0 / 2, 1.0 / 6), Vector256.Create(1.0 / 2, -1, 1.0 / 2, 0));
        w = Vector256.MultiplyAddEstimate(w, v, Vector256.Create(-1.0 / 2, 0, 1.0 / 2, 0));
        return Vector256.MultiplyAddEstimate(w, v, Vector256.Create(1.0 / 6, 2.0 / 3, 1.0 / 6, 0));
    }

    // For the largest box at once: arrays that grow from box to box leave the smaller ones behind, and pages that no box needs are never touched.
    private void Reserve(Int3 size)
    {
        int pitch = PitchOf(size);
        long count = (long)(size.D + Before + After) * pitch * (size.H + Before + After);
        if (_coefficients.LongLength < count)
            _coefficients = new double[count];
        if (_lines.Length < size.W * Lanes)
            _lines = new double[size.W * Lanes];
        if (_slab.Length < size.D * pitch)
            _slab = new double[size.D * pitch];
    }

    private static int PitchOf(Int3 size) => (size.W + Before + After + Line - 1) / Line * Line;

    private void FilterRows(ReadOnlySpan<float> samples, int width, Span<double> plane)
    {
        for (int y = 0; y < _size.H; y += Lanes)
        {
            // Rows are the lanes of a bundle, so that the recursion along x runs in vectors.
            int rows = Math.Min(Lanes, _size.H - y);
            Span<double> lines = _lines.AsSpan(0, _size.W * Lanes);
            for (int l = 0; l < rows; l++)
            {
                ReadOnlySpan<float> row = samples.Slice((_start.H + y + l) * width + _start.W, _size.W);
                for (int x = 0, at = l; x < row.Length; x++, at += Lanes)
                    lines[at] = row[x];
            }

            CubicSpline.Prefilter(lines, Lanes, SplineBoundary.WholeSample);
            for (int l = 0; l < rows; l++)
            {
                Span<double> row = plane.Slice((y + l + Before) * Pitch, Pitch);
                Span<double> inside = row.Slice(Before, _size.W);
                for (int x = 0, at = l; x < inside.Length; x++, at += Lanes)
                    inside[x] = lines[at];
                Mirror(row, 1, _size.W);
                row[(_size.W + Before + After)..].Clear();
            }
        }
    }

    private void FilterDepth()
    {
        Span<double> slab = _slab.AsSpan(0, _size.D * Pitch);
        for (int y = 0; y < _size.H + Before + After; y++)
        {
            for (int z = 0; z < _size.D; z++)
                _coefficients.AsSpan((z + Before) * Plane + y * Pitch, Pitch).CopyTo(slab[(z * Pitch)..]);
            CubicSpline.Prefilter(slab, Pitch, SplineBoundary.WholeSample);
            for (int z = 0; z < _size.D; z++)
                slab.Slice(z * Pitch, Pitch).CopyTo(_coefficients.AsSpan((z + Before) * Plane + y * Pitch));
        }
    }

    /// <summary>Fills the elements before and after the n of an axis with those mirrored about its ends.</summary>
    private static void Mirror(Span<double> values, int stride, int n)
    {
        Copy(values, stride, -1, n);
        Copy(values, stride, n, n);
        Copy(values, stride, n + 1, n);

        static void Copy(Span<double> values, int stride, int index, int n)
        {
            int period = Math.Max(1, 2 * n - 2);
            int within = (index + period) % period;
            int source = within < n ? within : period - within;
            values.Slice((source + Before) * stride, stride).CopyTo(values[((index + Before) * stride)..]);
        }
    }
}
