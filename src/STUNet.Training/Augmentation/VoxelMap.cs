using System.Numerics;

namespace STUNet.Training;

/// <summary>Replaces every voxel of a channel by a function of itself, computed in double and rounded once.</summary>
internal static class VoxelMap
{
    public static void Apply<TMap>(Span<float> values, TMap map)
        where TMap : struct, IVoxelMap
    {
        int at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
            Mapped(new Vector<float>(values[at..]), map).CopyTo(values[at..]);
        if (at == values.Length)
            return;
        Span<float> rest = stackalloc float[Vector<float>.Count];
        rest.Fill(values[at]);
        values[at..].CopyTo(rest);
        Mapped(new Vector<float>(rest), map).CopyTo(rest);
        rest[..(values.Length - at)].CopyTo(values[at..]);
    }

    private static Vector<float> Mapped<TMap>(Vector<float> value, TMap map)
        where TMap : struct, IVoxelMap
    {
        Vector.Widen(value, out Vector<double> low, out Vector<double> high);
        return Vector.Narrow(map.Map(low), map.Map(high));
    }
}
