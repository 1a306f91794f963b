using System.Runtime.InteropServices;

namespace STUNet.Benchmarks.Engines;

/// <summary>The output of our own engine in a file, which the others compare theirs with piece by piece.</summary>
internal static class ReferenceOutput
{
    private const int PieceValues = 1 << 18;

    public static void Save(string path, ReadOnlySpan<float> values)
    {
        using FileStream file = File.Create(path);
        for (int start = 0; start < values.Length; start += PieceValues)
            file.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(PieceValues, values.Length - start))));
    }

    /// <summary>The largest distance of a value from the reference, infinite where one is not a number, and the reference's largest magnitude.</summary>
    public static (double Difference, double Scale) Compare(string path, ReadOnlySpan<float> values)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length != sizeof(float) * (long)values.Length)
            throw new InvalidDataException($"the output has {values.Length} values, the reference {file.Length / sizeof(float)}");
        float[] reference = new float[PieceValues];
        double difference = 0;
        double scale = 0;
        for (int start = 0; start < values.Length; start += PieceValues)
        {
            Span<float> piece = reference.AsSpan(0, Math.Min(PieceValues, values.Length - start));
            file.ReadExactly(MemoryMarshal.AsBytes(piece));
            for (int i = 0; i < piece.Length; i++)
            {
                double distance = Math.Abs(values[start + i] - (double)piece[i]);
                difference = double.IsNaN(distance) ? double.PositiveInfinity : Math.Max(difference, distance);
                scale = Math.Max(scale, Math.Abs(piece[i]));
            }
        }

        return (difference, scale);
    }
}
