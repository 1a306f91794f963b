using System.Numerics;

namespace STUNet.Imaging.Preprocessing;

/// <summary>(clip(x, low, high) - shift) / divisor in place, in double and rounded once.</summary>
/// <param name="Low">Values below become this.</param>
/// <param name="High">Values above become this.</param>
/// <param name="Shift">Subtracted after clipping.</param>
/// <param name="Divisor">What the difference is divided by.</param>
internal readonly record struct IntensityScaling(double Low, double High, double Shift, double Divisor)
{
    /// <summary>Scales values.</summary>
    /// <param name="values">The values.</param>
    public void Apply(Span<float> values)
    {
        int at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[at..]), out Vector<double> first, out Vector<double> second);
            Vector.Narrow(Scaled(first), Scaled(second)).CopyTo(values[at..]);
        }

        for (; at < values.Length; at++)
            values[at] = (float)((Math.Min(Math.Max(values[at], Low), High) - Shift) / Divisor);
    }

    private Vector<double> Scaled(Vector<double> value) =>
        (Vector.Min(Vector.Max(value, new Vector<double>(Low)), new Vector<double>(High)) - new Vector<double>(Shift)) / new Vector<double>(Divisor);
}
