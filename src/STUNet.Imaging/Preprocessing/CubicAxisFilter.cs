using System.Numerics;
using System.Runtime.InteropServices;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Cubic B-spline resizing of one axis as the reference does it (SciPy's zoom, mode nearest): 12 edge-replicated samples on each side, the
/// recursive prefilter with half-sample symmetric start, four taps around the unclamped half-pixel position.
/// </summary>
internal sealed class CubicAxisFilter : AxisFilter
{
    private const int EdgeSamples = 12;

    private readonly int[] _firstTap;
    private readonly double[] _weights;

    public CubicAxisFilter(int inputSize, int outputSize)
        : base(inputSize, outputSize, EdgeSamples)
    {
        _firstTap = new int[outputSize];
        _weights = new double[4 * outputSize];
        for (int o = 0; o < outputSize; o++)
        {
            double x = AxisSampling.Position(inputSize, outputSize, o) + EdgeSamples;
            double k = Math.Floor(x);
            double t = x - k;
            double s = 1 - t;
            _firstTap[o] = (int)k - 1;
            Span<double> w = _weights.AsSpan(4 * o, 4);
            w[0] = s * s * s / 6;
            w[1] = (t * t * (t - 2) * 3 + 4) / 6;
            w[2] = (s * s * (s - 2) * 3 + 4) / 6;
            w[3] = 1 - w[0] - w[1] - w[2];
        }
    }

    public override void Apply(Span<double> lines, Span<double> result)
    {
        ReplicateEdges(lines);
        CubicSpline.Prefilter(lines[..SourceLength], Lanes, SplineBoundary.HalfSample);
        Interpolate(MemoryMarshal.Cast<double, Vector<double>>(lines[..SourceLength]), MemoryMarshal.Cast<double, Vector<double>>(result[..ResultLength]));
    }

    private void ReplicateEdges(Span<double> lines)
    {
        Span<double> first = lines.Slice(EdgeSamples * Lanes, Lanes);
        Span<double> last = lines.Slice((EdgeSamples + InputSize - 1) * Lanes, Lanes);
        for (int i = 0; i < EdgeSamples; i++)
        {
            first.CopyTo(lines[(i * Lanes)..]);
            last.CopyTo(lines[((EdgeSamples + InputSize + i) * Lanes)..]);
        }
    }

    private void Interpolate(Span<Vector<double>> c, Span<Vector<double>> result)
    {
        int width = Lanes / Vector<double>.Count;
        for (int o = 0; o < OutputSize; o++)
        {
            Vector<double> w0 = new(_weights[4 * o]);
            Vector<double> w1 = new(_weights[4 * o + 1]);
            Vector<double> w2 = new(_weights[4 * o + 2]);
            Vector<double> w3 = new(_weights[4 * o + 3]);
            Span<Vector<double>> taps = c.Slice(_firstTap[o] * width, 4 * width);
            Span<Vector<double>> target = result.Slice(o * width, width);
            for (int v = 0; v < target.Length; v++)
                target[v] = w0 * taps[v] + w1 * taps[width + v] + w2 * taps[2 * width + v] + w3 * taps[3 * width + v];
        }
    }
}
