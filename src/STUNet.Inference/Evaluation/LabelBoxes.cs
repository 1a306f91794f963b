using System.Numerics;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>The smallest box around every label of a label map, found in one pass.</summary>
internal sealed class LabelBoxes
{
    private readonly Dictionary<uint, (Int3 Low, Int3 High)> _boxes = [];
    private readonly Int3 _size;

    private LabelBoxes(Int3 size) => _size = size;

    /// <summary>Finds the boxes.</summary>
    public static LabelBoxes Of(LabelVolume labels)
    {
        LabelBoxes boxes = new(labels.Size);
        if (labels.BytesPerVoxel == 1)
            boxes.Scan<byte>(labels.As<byte>());
        else if (labels.BytesPerVoxel == 2)
            boxes.Scan<ushort>(labels.As<ushort>());
        else
            boxes.Scan<uint>(labels.As<uint>());
        return boxes;
    }

    /// <summary>The box around a label or region; null where no voxel has it.</summary>
    public CropBox? Around(LabelOrRegion what) => Around(this, what, this);

    /// <summary>The box around a label or region in two label maps of one size.</summary>
    public static CropBox? Around(LabelBoxes first, LabelOrRegion what, LabelBoxes second)
    {
        (Int3 Low, Int3 High)? union = null;
        foreach (uint label in what.Labels)
        {
            foreach (LabelBoxes boxes in (ReadOnlySpan<LabelBoxes>)[first, second])
            {
                if (boxes._boxes.TryGetValue(label, out (Int3 Low, Int3 High) box))
                    union = union is { } known ? (Min(known.Low, box.Low), Max(known.High, box.High)) : box;
            }
        }

        return union is { } found ? new CropBox(found.Low, Int3.From(axis => found.High[axis] + 1 - found.Low[axis])) : null;
    }

    private static Int3 Min(Int3 a, Int3 b) => new(Math.Min(a.D, b.D), Math.Min(a.H, b.H), Math.Min(a.W, b.W));

    private static Int3 Max(Int3 a, Int3 b) => new(Math.Max(a.D, b.D), Math.Max(a.H, b.H), Math.Max(a.W, b.W));

    private void Scan<T>(ReadOnlySpan<T> labels)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int row = 0; row < _size.D * _size.H; row++)
        {
            ReadOnlySpan<T> voxels = labels.Slice(row * _size.W, _size.W);
            (int z, int y) = Math.DivRem(row, _size.H);
            for (int start = 0, end; start < voxels.Length; start = end)
            {
                int length = voxels[start..].IndexOfAnyExcept(voxels[start]);
                end = length < 0 ? voxels.Length : start + length;
                Extend(uint.CreateTruncating(voxels[start]), new Int3(z, y, start), new Int3(z, y, end - 1));
            }
        }
    }

    private void Extend(uint label, Int3 low, Int3 high)
    {
        ref (Int3 Low, Int3 High) box = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_boxes, label, out bool known);
        box = known ? (Min(box.Low, low), Max(box.High, high)) : (low, high);
    }
}
