using System.Numerics;
using STUNet.Core;

namespace STUNet.Imaging;

/// <summary>
/// A scalar image in three dimensions: binary32 voxels in one block, axis order (z, y, x), x fastest. An image of several channels is
/// several volumes. Not synchronised: share for reading, write from one place.
/// </summary>
public sealed class Volume
{
    private readonly float[] _voxels;

    /// <summary>Creates a volume of zeros.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <exception cref="InvalidRequestException">The volume has more voxels than one block can hold (2 147 483 591).</exception>
    public Volume(VolumeGeometry geometry)
        : this(geometry, new float[CheckedCount(geometry.Size)])
    {
    }

    /// <summary>Creates a volume over voxels that exist; they are not copied.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="voxels">The values in the order (z, y, x); as many as the geometry says.</param>
    public Volume(VolumeGeometry geometry, float[] voxels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(voxels.LongLength, geometry.Size.Product);
        Geometry = geometry;
        _voxels = voxels;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Voxels per axis, (z, y, x).</summary>
    public Int3 Size => Geometry.Size;

    /// <summary>All voxels, [z, y, x].</summary>
    public Span<float> Voxels => _voxels;

    /// <summary>All voxels as memory, for parallel loops.</summary>
    public Memory<float> Memory => _voxels;

    /// <summary>One slice, [y, x].</summary>
    /// <param name="z">The slice.</param>
    public Span<float> Slice(int z) => _voxels.AsSpan(checked(z * Size.H * Size.W), Size.H * Size.W);

    /// <summary>The first voxel (z, y, x) in memory order that is NaN or infinite; null where all are finite.</summary>
    public Int3? FirstNonFinite()
    {
        int at = IndexOfNonFinite(_voxels);
        if (at < 0)
            return null;
        int plane = Size.H * Size.W;
        return new Int3(at / plane, at % plane / Size.W, at % Size.W);
    }

    internal static int CheckedCount(Int3 size) => size.Product <= Array.MaxLength
        ? (int)size.Product
        : throw new InvalidRequestException($"A volume of {size} voxels exceeds the {Array.MaxLength} voxels one volume can have; crop or split it.");

    private static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        // value * 0 is NaN exactly for NaN and infinities, and NaN is the one value that differs from itself.
        int at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<float> product = new Vector<float>(values[at..]) * Vector<float>.Zero;
            if (!Vector.EqualsAll(product, product))
                break;
        }

        for (; at < values.Length; at++)
        {
            if (!float.IsFinite(values[at]))
                return at;
        }

        return -1;
    }
}
