using STUNet.Core;
using STUNet.Inference;

namespace STUNet.Tests.Inference;

/// <summary>Keeps all probabilities of a small volume, [class, z, y, x], as slices of the network or as rows of the export grid.</summary>
internal sealed unsafe class ProbabilityRecorder(int classes, Int3 size) : ISliceConsumer, IRowConsumer
{
    private readonly int _pitch = AccumulatorRing.PitchOf(classes);

    public float[] Values { get; } = new float[classes * size.Product];

    public List<int> Slices { get; } = [];

    public void Accept(int z, ProbabilitySlice current, ProbabilitySlice previous)
    {
        Slices.Add(z);
        for (int y = 0; y < size.H; y++)
            Accept(z, y, current.Row(y));
        if (z == 0)
            return;
        for (int y = 0; y < size.H; y++)
        {
            for (int x = 0; x < size.W * _pitch; x++)
            {
                if (x % _pitch < classes)
                    Assert.Equal(Values[((((long)(x % _pitch) * size.D) + z - 1) * size.H + y) * size.W + (x / _pitch)], previous.Row(y)[x]);
            }
        }
    }

    public void Accept(int z, int y, float* row)
    {
        for (int x = 0; x < size.W; x++)
        {
            for (int k = 0; k < classes; k++)
                Values[((((long)k * size.D) + z) * size.H + y) * size.W + x] = row[((long)x * _pitch) + k];
        }
    }

    /// <summary>The values with the spatial axes reordered: new axis a is axis <c>order[a]</c>.</summary>
    public float[] Transposed(IReadOnlyList<int> order)
    {
        Int3 target = Int3.From(axis => size[order[axis]]);
        float[] result = new float[Values.Length];
        int[] at = new int[3];
        for (int k = 0; k < classes; k++)
        {
            for (long i = 0; i < target.Product; i++)
            {
                at[order[0]] = (int)(i / ((long)target.H * target.W));
                at[order[1]] = (int)(i / target.W % target.H);
                at[order[2]] = (int)(i % target.W);
                result[(k * target.Product) + i] = Values[((((long)k * size.D) + at[0]) * size.H + at[1]) * size.W + at[2]];
            }
        }

        return result;
    }
}
