using System.Numerics;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>
/// Gives every voxel its most probable class (the lowest of equals) and writes it through the inverse transpose into the label map at the crop box.
/// </summary>
internal sealed unsafe class LabelRows : IRowConsumer
{
    private readonly LabelVolume _labels;
    private readonly int _pitch;
    private readonly int _columns;
    private readonly long _first;
    private readonly long[] _stride = new long[3];

    /// <summary>Prepares writing.</summary>
    /// <param name="labels">The label map, in the image's axis order.</param>
    /// <param name="origin">First voxel of the crop box (z, y, x) in it.</param>
    /// <param name="transposeForward">Network axis a is axis <c>transposeForward[a]</c> of the label map.</param>
    /// <param name="columns">Length of a row.</param>
    /// <param name="pitch">Floats from voxel to voxel; a multiple of the vector length, padded with -1.</param>
    public LabelRows(LabelVolume labels, Int3 origin, IReadOnlyList<int> transposeForward, int columns, int pitch)
    {
        (_labels, _columns, _pitch) = (labels, columns, pitch);
        Int3 size = labels.Size;
        long[] strides = [(long)size.H * size.W, size.W, 1];
        _first = (origin.D * strides[0]) + (origin.H * strides[1]) + origin.W;
        for (int axis = 0; axis < 3; axis++)
            _stride[axis] = strides[transposeForward[axis]];
    }

    /// <inheritdoc/>
    public void Accept(int z, int y, float* row)
    {
        long at = _first + (z * _stride[0]) + (y * _stride[1]);
        for (int x = 0; x < _columns; x++, row += _pitch, at += _stride[2])
            _labels[(int)at] = (uint)MostProbable(row, _pitch);
    }

    /// <summary>The index of the largest value, the lowest of equals.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">Their number, a multiple of the vector length.</param>
    internal static int MostProbable(float* values, int count)
    {
        Vector<float> best = Vector.Load(values);
        Vector<int> index = Vector<int>.Indices;
        Vector<int> bestIndex = index;
        Vector<int> step = new(Vector<float>.Count);
        for (int c = Vector<float>.Count; c < count; c += Vector<float>.Count)
        {
            index += step;
            Vector<float> value = Vector.Load(values + c);
            Vector<int> larger = Vector.GreaterThan(value, best);
            best = Vector.ConditionalSelect(larger, value, best);
            bestIndex = Vector.ConditionalSelect(larger, index, bestIndex);
        }

        float maximum = best[0];
        int winner = bestIndex[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++)
        {
            if (best[lane] > maximum || (best[lane] == maximum && bestIndex[lane] < winner))
                (maximum, winner) = (best[lane], bestIndex[lane]);
        }

        return winner;
    }
}
