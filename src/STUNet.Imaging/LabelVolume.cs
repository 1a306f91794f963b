using System.Numerics;
using STUNet.Core;

namespace STUNet.Imaging;

/// <summary>
/// A label map: one whole number per voxel, axis order (z, y, x), x fastest. Voxels are held in one, two or four bytes, whichever the largest
/// possible label needs. Not synchronised; different voxels may be written from different threads.
/// </summary>
public sealed class LabelVolume
{
    private readonly Array _labels;

    /// <summary>Creates a label map of zeros.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="largestLabel">The largest label that will be written into it; chooses the bytes per voxel in memory.</param>
    /// <exception cref="InvalidRequestException">The volume has more voxels than one block can hold (2 147 483 591).</exception>
    public LabelVolume(VolumeGeometry geometry, uint largestLabel = byte.MaxValue)
    {
        Geometry = geometry;
        int count = Volume.CheckedCount(geometry.Size);
        BytesPerVoxel = SmallestWidth(largestLabel);
        _labels = BytesPerVoxel switch { 1 => new byte[count], 2 => new ushort[count], _ => new uint[count] };
    }

    /// <summary>Creates a label map over labels that exist; they are not copied.</summary>
    /// <param name="geometry">Where the voxels lie.</param>
    /// <param name="labels">The labels in the order (z, y, x); as many as the geometry says.</param>
    public LabelVolume(VolumeGeometry geometry, byte[] labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.LongLength, geometry.Size.Product);
        Geometry = geometry;
        BytesPerVoxel = 1;
        _labels = labels;
    }

    private LabelVolume(VolumeGeometry geometry, Array labels, int bytesPerVoxel) => (Geometry, _labels, BytesPerVoxel) = (geometry, labels, bytesPerVoxel);

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Voxels per axis, (z, y, x).</summary>
    public Int3 Size => Geometry.Size;

    /// <summary>Bytes per voxel in memory: 1, 2 or 4. Files get the smallest type that holds the labels present.</summary>
    public int BytesPerVoxel { get; }

    /// <summary>The label of a voxel by its index (z * H + y) * W + x.</summary>
    /// <param name="index">The index.</param>
    /// <exception cref="OverflowException">The label written needs more bytes than <see cref="BytesPerVoxel"/>.</exception>
    public uint this[int index]
    {
        get => _labels switch { byte[] labels => labels[index], ushort[] labels => labels[index], _ => ((uint[])_labels)[index] };
        set
        {
            if (_labels is byte[] bytes)
                bytes[index] = checked((byte)value);
            else if (_labels is ushort[] words)
                words[index] = checked((ushort)value);
            else
                ((uint[])_labels)[index] = value;
        }
    }

    /// <summary>The label of a voxel.</summary>
    /// <param name="z">Slice.</param>
    /// <param name="y">Row.</param>
    /// <param name="x">Column.</param>
    public uint this[int z, int y, int x]
    {
        get => this[(((z * Size.H) + y) * Size.W) + x];
        set => this[(((z * Size.H) + y) * Size.W) + x] = value;
    }

    /// <summary>All labels as stored, [z, y, x].</summary>
    /// <typeparam name="T">byte, ushort or uint, as <see cref="BytesPerVoxel"/> says.</typeparam>
    /// <exception cref="InvalidCastException">The labels are stored in another type.</exception>
    public Span<T> As<T>()
        where T : unmanaged => _labels is T[] labels ? labels : throw new InvalidCastException($"Labels are stored in {BytesPerVoxel} bytes, not as {typeof(T).Name}.");

    /// <summary>A label map of the same geometry with labels of its own.</summary>
    public LabelVolume Copy() => new(Geometry, (Array)_labels.Clone(), BytesPerVoxel);

    /// <summary>The largest label present.</summary>
    public uint Largest() => _labels switch
    {
        byte[] labels => Largest<byte>(labels),
        ushort[] labels => Largest<ushort>(labels),
        _ => Largest<uint>((uint[])_labels),
    };

    /// <summary>Voxels of every label from 0 to the largest present.</summary>
    public long[] Counts()
    {
        long[] counts = new long[Largest() + 1L];
        if (_labels is byte[] bytes)
            Count<byte>(bytes, counts);
        else if (_labels is ushort[] words)
            Count<ushort>(words, counts);
        else
            Count<uint>((uint[])_labels, counts);
        return counts;
    }

    internal static int SmallestWidth(uint largestLabel) => largestLabel <= byte.MaxValue ? 1 : largestLabel <= ushort.MaxValue ? 2 : 4;

    private static void Count<T>(ReadOnlySpan<T> labels, long[] counts)
        where T : unmanaged, INumber<T>
    {
        foreach (T label in labels)
            counts[int.CreateTruncating(label)]++;
    }

    private static uint Largest<T>(ReadOnlySpan<T> labels)
        where T : unmanaged, INumber<T>
    {
        Vector<T> lanes = Vector<T>.Zero;
        int at = 0;
        for (; at <= labels.Length - Vector<T>.Count; at += Vector<T>.Count)
            lanes = Vector.Max(lanes, new Vector<T>(labels[at..]));
        T largest = T.Zero;
        for (int lane = 0; lane < Vector<T>.Count; lane++)
            largest = T.Max(largest, lanes[lane]);
        for (; at < labels.Length; at++)
            largest = T.Max(largest, labels[at]);
        return uint.CreateTruncating(largest);
    }
}
