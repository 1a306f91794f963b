using STUNet.Core;
using STUNet.Inference;

namespace STUNet.Tests.Inference;

/// <summary>Keeps all probabilities of a small volume, [class, z, y, x], from slices of sums of the network or from rows of the export grid.</summary>
internal sealed unsafe class ProbabilityRecorder(int classes, Int3 size) : ISliceConsumer, IRowConsumer
{
    private readonly int _pitch = AccumulatorRing.PitchOf(classes);

    public float[] Values { get; } = new float[classes * size.Product];

    public List<int> Slices { get; } = [];

    public void Accept(int z, AccumulatedSlice current, AccumulatedSlice previous)
    {
        Slices.Add(z);
        for (int y = 0; y < size.H; y++)
            Divide(z, y, current.Row(y));
        if (z == 0)
            return;
        for (int y = 0; y < size.H; y++)
        {
            for (int x = 0; x < size.W * _pitch; x++)
            {
                if (x % _pitch < classes)
                    Assert.Equal(Values[Index(x % _pitch, z - 1, y, x / _pitch)], previous.Row(y)[x] / previous.Row(y)[x - (x % _pitch) + classes]);
            }
        }
    }

    public void Accept(int z, int y, int x, int count, float* voxels)
    {
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < classes; k++)
                Values[Index(k, z, y, x + i)] = voxels[((long)i * _pitch) + k];
        }
    }

    private void Divide(int z, int y, float* sums)
    {
        for (int x = 0; x < size.W; x++, sums += _pitch)
        {
            for (int k = 0; k < classes; k++)
                Values[Index(k, z, y, x)] = sums[k] / sums[classes];
        }
    }

    private long Index(int k, int z, int y, int x) => ((((((long)k * size.D) + z) * size.H) + y) * size.W) + x;

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
