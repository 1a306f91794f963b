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
    private readonly long _first;
    private readonly long[] _stride = new long[3];

    /// <summary>Prepares writing.</summary>
    /// <param name="labels">The label map, in the image's axis order.</param>
    /// <param name="origin">First voxel of the crop box (z, y, x) in it.</param>
    /// <param name="transposeForward">Network axis a is axis <c>transposeForward[a]</c> of the label map.</param>
    /// <param name="pitch">Floats from voxel to voxel; a multiple of 8, padded with -1.</param>
    public LabelRows(LabelVolume labels, Int3 origin, IReadOnlyList<int> transposeForward, int pitch)
    {
        (_labels, _pitch) = (labels, pitch);
        Int3 size = labels.Size;
        long[] strides = [(long)size.H * size.W, size.W, 1];
        _first = (origin.D * strides[0]) + (origin.H * strides[1]) + origin.W;
        for (int axis = 0; axis < 3; axis++)
            _stride[axis] = strides[transposeForward[axis]];
    }

    /// <inheritdoc/>
    public void Accept(int z, int y, int x, int count, float* voxels)
    {
        long at = _first + (z * _stride[0]) + (y * _stride[1]) + (x * _stride[2]);
        for (int i = 0; i < count; i++, voxels += _pitch, at += _stride[2])
            _labels[(int)at] = (uint)ClassMaximum.IndexOf(voxels, _pitch);
    }
}
