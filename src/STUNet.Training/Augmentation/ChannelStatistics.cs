using System.Numerics;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>What contrast and gamma need to know of a channel.</summary>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Mean">Mean, in double.</param>
/// <param name="Deviation">Population standard deviation, in double.</param>
internal readonly record struct ChannelStatistics(float Min, float Max, double Mean, double Deviation)
{
    public static ChannelStatistics Of(ReadOnlySpan<float> values)
    {
        (float min, float max) = Range(values);
        (double mean, double deviation) = Moments(values);
        return new ChannelStatistics(min, max, mean, deviation);
    }

    public static (double Mean, double Deviation) Moments(ReadOnlySpan<float> values)
    {
        // Relative to one voxel, so that a constant channel has its value as mean and deviation 0 exactly.
        double mean = values[0] + ShiftedSum.OfAll(values, values[0], power: 1) / values.Length;
        return (mean, Math.Sqrt(ShiftedSum.OfAll(values, mean, power: 2) / values.Length));
    }

    public static (float Min, float Max) Range(ReadOnlySpan<float> values)
    {
        (Vector<float> lows, Vector<float> highs) = (new(values[0]), new(values[0]));
        int at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<float> next = new(values[at..]);
            (lows, highs) = (Vector.Min(lows, next), Vector.Max(highs, next));
        }

        (float min, float max) = (values[0], values[0]);
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            (min, max) = (Math.Min(min, lows[lane]), Math.Max(max, highs[lane]));
        for (; at < values.Length; at++)
            (min, max) = (Math.Min(min, values[at]), Math.Max(max, values[at]));
        return (min, max);
    }
}
