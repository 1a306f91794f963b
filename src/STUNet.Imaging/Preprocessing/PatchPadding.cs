using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Zeros around an image so that no axis is shorter than the patch; the odd one goes behind (nnU-Net's pad_nd_image).</summary>
/// <param name="Before">Voxels in front, per axis.</param>
/// <param name="After">Voxels behind, per axis.</param>
/// <param name="PaddedSize">The size with both.</param>
public readonly record struct PatchPadding(Int3 Before, Int3 After, Int3 PaddedSize)
{
    /// <summary>The padding an image needs; none on axes that are long enough.</summary>
    /// <param name="size">Size of the image.</param>
    /// <param name="patch">Size of the patch.</param>
    public static PatchPadding For(Int3 size, Int3 patch)
    {
        Int3 padded = Int3.From(axis => Math.Max(size[axis], patch[axis]));
        Int3 before = Int3.From(axis => (padded[axis] - size[axis]) / 2);
        return new PatchPadding(before, Int3.From(axis => padded[axis] - size[axis] - before[axis]), padded);
    }
}
