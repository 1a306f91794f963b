using System.Numerics;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Rounds resized samples to binary32, clipped to the range of the original.</summary>
internal static class ClippedCopy
{
    /// <summary>Copies a row.</summary>
    /// <param name="from">The samples; none is NaN.</param>
    /// <param name="to">Receives as many.</param>
    /// <param name="min">The smallest value allowed.</param>
    /// <param name="max">The largest value allowed.</param>
    public static void Copy(ReadOnlySpan<double> from, Span<float> to, float min, float max)
    {
        Vector<double> lowest = new(min);
        Vector<double> highest = new(max);
        int at = 0;
        for (; at <= from.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<double> first = Vector.Min(Vector.Max(new Vector<double>(from[at..]), lowest), highest);
            Vector<double> second = Vector.Min(Vector.Max(new Vector<double>(from[(at + Vector<double>.Count)..]), lowest), highest);
            Vector.Narrow(first, second).CopyTo(to[at..]);
        }

        for (; at < from.Length; at++)
            to[at] = (float)Math.Min(Math.Max(from[at], min), max);
    }
}
