using System.Numerics;
using System.Runtime.InteropServices;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Nearest and linear resizing of one axis.</summary>
internal sealed class SamplingAxisFilter(AxisSampling sampling) : AxisFilter(sampling.InputSize, sampling.OutputSize, padding: 0)
{
    public override void Apply(Span<double> lines, Span<double> result)
    {
        for (int o = 0; o < OutputSize; o++)
        {
            Span<double> lower = lines.Slice(sampling.Lower[o] * Lanes, Lanes);
            Span<double> target = result.Slice(o * Lanes, Lanes);
            if (sampling.UpperWeight[o] == 0)
            {
                lower.CopyTo(target);
                continue;
            }

            Vector<double> w0 = new(sampling.LowerWeight[o]);
            Vector<double> w1 = new(sampling.UpperWeight[o]);
            Span<Vector<double>> a = MemoryMarshal.Cast<double, Vector<double>>(lower);
            Span<Vector<double>> b = MemoryMarshal.Cast<double, Vector<double>>(lines.Slice(sampling.Upper[o] * Lanes, Lanes));
            Span<Vector<double>> t = MemoryMarshal.Cast<double, Vector<double>>(target);
            for (int v = 0; v < t.Length; v++)
                t[v] = w0 * a[v] + w1 * b[v];
        }
    }
}
