using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>What the references say to the cases of <see cref="OpCatalog.TestCases"/>: plain loops take long, so each is asked once in a process.</summary>
public static class ReferenceResults
{
    private static readonly ConditionalWeakTable<OpCase, float[]> Results = [];

    /// <summary>The reference's result, not to be written to.</summary>
    /// <param name="case">A case; one that lasts, or nothing is saved.</param>
    public static float[] Of(OpCase @case) => Results.GetValue(@case, static wanted =>
    {
        // One worker: tests compare these bits with those of several.
        using CpuDevice device = new(1);
        return KernelCheck.Expected(device, wanted);
    });

    /// <summary>Writes the results of all test cases, for other processes.</summary>
    /// <param name="path">The file to make.</param>
    public static void Save(string path)
    {
        using BinaryWriter writer = new(File.Create(path));
        foreach (OpCase @case in OpCatalog.TestCases)
        {
            float[] result = Of(@case);
            writer.Write(result.Length);
            writer.Write(MemoryMarshal.AsBytes(result.AsSpan()));
        }
    }

    /// <summary>The cases with the results that <see cref="Save"/> has written.</summary>
    /// <param name="path">The file.</param>
    public static IEnumerable<(OpCase Case, float[] Expected)> Load(string path)
    {
        using BinaryReader reader = new(File.OpenRead(path));
        foreach (OpCase @case in OpCatalog.TestCases)
        {
            float[] result = new float[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(result.AsSpan()));
            yield return (@case, result);
        }
    }
}
