using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>A box of voxels, (z, y, x).</summary>
/// <param name="Start">First voxel.</param>
/// <param name="Size">Voxels per axis.</param>
public readonly record struct CropBox(Int3 Start, Int3 Size)
{
    /// <summary>The voxel after the last one.</summary>
    public Int3 End
    {
        get
        {
            (Int3 start, Int3 size) = (Start, Size);
            return Int3.From(axis => start[axis] + size[axis]);
        }
    }

    /// <summary>Copies the box out of a volume.</summary>
    /// <typeparam name="T">Type of a voxel.</typeparam>
    /// <param name="volume">The volume, C order.</param>
    /// <param name="volumeSize">Its size.</param>
    /// <param name="target">Receives the voxels of the box, C order.</param>
    public void CopyFrom<T>(ReadOnlySpan<T> volume, Int3 volumeSize, Span<T> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(volume.Length, volumeSize.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, Size.Product);
        for (int z = 0; z < Size.D; z++)
        {
            for (int y = 0; y < Size.H; y++)
            {
                int from = ((Start.D + z) * volumeSize.H + Start.H + y) * volumeSize.W + Start.W;
                volume.Slice(from, Size.W).CopyTo(target[((z * Size.H + y) * Size.W)..]);
            }
        }
    }

    /// <summary>Pastes voxels of the box into a volume.</summary>
    /// <typeparam name="T">Type of a voxel.</typeparam>
    /// <param name="source">The voxels of the box, C order.</param>
    /// <param name="volume">The volume, C order.</param>
    /// <param name="volumeSize">Its size.</param>
    public void CopyTo<T>(ReadOnlySpan<T> source, Span<T> volume, Int3 volumeSize)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(volume.Length, volumeSize.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, Size.Product);
        for (int z = 0; z < Size.D; z++)
        {
            for (int y = 0; y < Size.H; y++)
            {
                int to = ((Start.D + z) * volumeSize.H + Start.H + y) * volumeSize.W + Start.W;
                source.Slice((z * Size.H + y) * Size.W, Size.W).CopyTo(volume[to..]);
            }
        }
    }
}
