using STUNet.Core;

namespace STUNet.Training;

/// <summary>Cuts a box that may reach outside of a volume.</summary>
public static class PatchCropping
{
    /// <summary>What lies outside of a case in its labels; removed after augmentation.</summary>
    public const short OutsideLabel = -1;

    /// <summary>Copies the part inside and fills the rest.</summary>
    /// <typeparam name="T">Type of the voxels.</typeparam>
    /// <param name="source">The volume, C order (z, y, x).</param>
    /// <param name="size">Its size.</param>
    /// <param name="start">First voxel of the box; may be negative.</param>
    /// <param name="target">Receives the box.</param>
    /// <param name="box">Size of the box.</param>
    /// <param name="padding">The value outside of the volume: 0 for images, <see cref="OutsideLabel"/> for labels.</param>
    public static void Crop<T>(ReadOnlySpan<T> source, Int3 size, Int3 start, Span<T> target, Int3 box, T padding)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, size.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, box.Product);
        int left = Math.Clamp(-start.W, 0, box.W);
        int inside = Math.Clamp(size.W - start.W, left, box.W) - left;
        for (int z = 0, at = 0; z < box.D; z++)
        {
            for (int y = 0; y < box.H; y++, at += box.W)
            {
                Span<T> row = target.Slice(at, box.W);
                if ((uint)(start.D + z) >= (uint)size.D || (uint)(start.H + y) >= (uint)size.H || inside == 0)
                {
                    row.Fill(padding);
                    continue;
                }

                row[..left].Fill(padding);
                source.Slice(((start.D + z) * size.H + start.H + y) * size.W + start.W + left, inside).CopyTo(row[left..]);
                row[(left + inside)..].Fill(padding);
            }
        }
    }
}
