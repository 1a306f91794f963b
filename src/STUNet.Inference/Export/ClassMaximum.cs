using System.Numerics;
using System.Runtime.Intrinsics;

namespace STUNet.Inference;

/// <summary>
/// The most probable class of a voxel: first the largest value, then the first place that holds it, so that the lowest of equals wins. Where a
/// value is NaN the result is 0.
/// </summary>
internal static unsafe class ClassMaximum
{
    /// <summary>Finds it with the widest vectors of this machine.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">Their number, a multiple of 8 and above 0.</param>
    public static int IndexOf(float* values, int count) =>
        Vector512.IsHardwareAccelerated && count % Vector512<float>.Count == 0 ? IndexOf512(values, count) : IndexOf256(values, count);

    /// <summary>With vectors of 16.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">Their number, a multiple of 16 and above 0.</param>
    internal static int IndexOf512(float* values, int count)
    {
        Vector512<float> largest = Vector512.Load(values);
        for (int c = Vector512<float>.Count; c < count; c += Vector512<float>.Count)
            largest = Vector512.Max(largest, Vector512.Load(values + c));
        Vector512<float> everywhere = Vector512.Create(Largest(Vector256.Max(largest.GetLower(), largest.GetUpper())));
        for (int c = 0; c < count; c += Vector512<float>.Count)
        {
            ulong found = Vector512.Equals(Vector512.Load(values + c), everywhere).ExtractMostSignificantBits();
            if (found != 0)
                return c + BitOperations.TrailingZeroCount(found);
        }

        return 0;
    }

    /// <summary>With vectors of 8.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">Their number, a multiple of 8 and above 0.</param>
    internal static int IndexOf256(float* values, int count)
    {
        Vector256<float> largest = Vector256.Load(values);
        for (int c = Vector256<float>.Count; c < count; c += Vector256<float>.Count)
            largest = Vector256.Max(largest, Vector256.Load(values + c));
        Vector256<float> everywhere = Vector256.Create(Largest(largest));
        for (int c = 0; c < count; c += Vector256<float>.Count)
        {
            uint found = Vector256.Equals(Vector256.Load(values + c), everywhere).ExtractMostSignificantBits();
            if (found != 0)
                return c + BitOperations.TrailingZeroCount(found);
        }

        return 0;
    }

    private static float Largest(Vector256<float> lanes)
    {
        Vector128<float> four = Vector128.Max(lanes.GetLower(), lanes.GetUpper());
        Vector128<float> two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
