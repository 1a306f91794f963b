using STUNet.Core;
using STUNet.Imaging.Nifti;

namespace STUNet.Imaging;

/// <summary>
/// Where the voxels of a volume lie. Immutable. A geometry read from a file keeps the file's header untouched, so that a label map written
/// beside it has the same geometry to the bit.
/// </summary>
public sealed class VolumeGeometry
{
    /// <summary>Creates a geometry that does not come from a file.</summary>
    /// <param name="size">Voxels in the order (z, y, x), each at least 1.</param>
    /// <param name="spacing">Millimetres in the order (z, y, x), each finite and above 0.</param>
    /// <param name="affine">Indices (i, j, k) = (x, y, z) of the array to RAS millimetres; null for axes along RAS with voxel 0 at the origin.</param>
    /// <exception cref="InvalidRequestException">A size or spacing is out of range, or the affine is not finite.</exception>
    public VolumeGeometry(Int3 size, Spacing spacing, Affine? affine = null)
        : this(size, spacing, affine ?? new Affine([spacing.X, 0, 0, 0, 0, spacing.Y, 0, 0, 0, 0, spacing.Z, 0]), null)
    {
        for (int axis = 0; axis < 3; axis++)
        {
            if (size[axis] < 1)
                throw new InvalidRequestException($"The volume size {size} (z, y, x) is not positive in every axis; give at least 1.");
            if (!(spacing[axis] > 0 && double.IsFinite(spacing[axis])))
                throw new InvalidRequestException($"The spacing {spacing} (z, y, x) is not positive and finite in every axis; give millimetres.");
        }

        if (!Affine.IsFinite)
            throw new InvalidRequestException("The affine has an entry that is not finite; give a finite 3x4 matrix.");
    }

    internal VolumeGeometry(Int3 size, Spacing spacing, Affine affine, NiftiHeader? header)
    {
        Size = size;
        Spacing = spacing;
        Affine = affine;
        Header = header;
    }

    /// <summary>Voxels in the order (z, y, x).</summary>
    public Int3 Size { get; }

    /// <summary>Millimetres in the order (z, y, x), all above 0, as the file's pixdim says.</summary>
    public Spacing Spacing { get; }

    /// <summary>File indices (i, j, k) to RAS millimetres.</summary>
    public Affine Affine { get; }

    /// <summary>The header the geometry was read from; null for one made in memory.</summary>
    internal NiftiHeader? Header { get; }
}
