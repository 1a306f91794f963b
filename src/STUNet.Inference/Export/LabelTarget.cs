using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>The crop box of a label map, seen in the network's axis order.</summary>
internal sealed class LabelTarget
{
    private readonly LabelVolume _labels;
    private readonly long _first;
    private readonly long[] _stride = new long[3];

    /// <summary>Prepares writing.</summary>
    /// <param name="labels">The label map, in the image's axis order.</param>
    /// <param name="origin">First voxel of the crop box (z, y, x) in it.</param>
    /// <param name="transposeForward">Network axis a is axis <c>transposeForward[a]</c> of the label map.</param>
    public LabelTarget(LabelVolume labels, Int3 origin, IReadOnlyList<int> transposeForward)
    {
        _labels = labels;
        Int3 size = labels.Size;
        long[] strides = [(long)size.H * size.W, size.W, 1];
        _first = (origin.D * strides[0]) + (origin.H * strides[1]) + origin.W;
        for (int axis = 0; axis < 3; axis++)
            _stride[axis] = strides[transposeForward[axis]];
    }

    /// <summary>Bytes of a label.</summary>
    public int BytesPerVoxel => _labels.BytesPerVoxel;

    /// <summary>Places from one voxel of a row to the next.</summary>
    public long Step => _stride[2];

    /// <summary>The label at a place.</summary>
    /// <param name="place">The place.</param>
    public uint this[long place]
    {
        set => _labels[(int)place] = value;
    }

    /// <summary>The place of a voxel of the export grid, network order.</summary>
    /// <param name="z">Slice.</param>
    /// <param name="y">Row.</param>
    /// <param name="x">Column.</param>
    public long PlaceOf(int z, int y, int x) => _first + (z * _stride[0]) + (y * _stride[1]) + (x * _stride[2]);

    /// <summary>Writes a row of the export grid.</summary>
    /// <typeparam name="T">The type that the label map holds labels in.</typeparam>
    /// <param name="z">Slice.</param>
    /// <param name="y">Row.</param>
    /// <param name="row">Its labels.</param>
    public void WriteRow<T>(int z, int y, ReadOnlySpan<T> row)
        where T : unmanaged
    {
        Span<T> labels = _labels.As<T>();
        long place = PlaceOf(z, y, 0);
        if (Step == 1)
        {
            row.CopyTo(labels[(int)place..]);
            return;
        }

        for (int x = 0; x < row.Length; x++, place += Step)
            labels[(int)place] = row[x];
    }
}
