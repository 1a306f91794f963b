using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// The region of an image that nnU-Net keeps: voxels that differ from 0 in any channel (NaN does), enclosed holes filled, and its bounding
/// box. One byte per voxel.
/// </summary>
public sealed class NonzeroRegion
{
    private const byte Zero = 0;
    private const byte Object = 1;
    private const byte Outside = 2;
    private readonly byte[] _mask;

    private NonzeroRegion(byte[] mask, Int3 size, CropBox? box) => (_mask, Size, Box) = (mask, size, box);

    /// <summary>Size of the image.</summary>
    public Int3 Size { get; }

    /// <summary>1 inside the filled region, 0 outside, C order.</summary>
    public ReadOnlyMemory<byte> Mask => _mask;

    /// <summary>The smallest box around the region; null for an image of zeros only.</summary>
    public CropBox? Box { get; }

    /// <summary>The box as nnU-Net v2 takes it: the whole image if that is all zeros.</summary>
    public CropBox BoxOrWhole => Box ?? new CropBox(default, Size);

    /// <summary>The box as nnU-Net v1 takes it, which cannot process an image of zeros.</summary>
    /// <exception cref="InvalidRequestException">Every voxel of every channel is 0.</exception>
    public CropBox RequireBox() => Box ?? throw new InvalidRequestException(
        "Every voxel of the image is 0, so there is nothing to segment; check that the file holds the intended image.");

    /// <summary>Finds the region of an image.</summary>
    /// <param name="channels">The channels, each C order (z, y, x).</param>
    /// <param name="size">Size of each.</param>
    /// <param name="pool">The workers.</param>
    public static NonzeroRegion Find(IReadOnlyList<ReadOnlyMemory<float>> channels, Int3 size, WorkerPool pool)
    {
        int plane = size.H * size.W;
        byte[] mask = new byte[checked((int)size.Product)];
        pool.Run(size.D, z =>
        {
            Span<byte> target = mask.AsSpan(z * plane, plane);
            foreach (ReadOnlyMemory<float> channel in channels)
            {
                ReadOnlySpan<float> values = channel.Span.Slice(z * plane, plane);
                for (int i = 0; i < values.Length; i++)
                    target[i] |= values[i] != 0 ? Object : Zero;
            }
        });
        FloodOutside(mask, size);
        (Int3 First, Int3 Last)[] extents = new (Int3, Int3)[size.D];
        pool.Run(size.D, z => extents[z] = FinishPlane(mask.AsSpan(z * plane, plane), size, z));
        (Int3 First, Int3 Last)[] filled = [.. extents.Where(extent => extent.Last.D >= 0)];
        if (filled.Length == 0)
            return new NonzeroRegion(mask, size, null);
        Int3 start = Int3.From(axis => filled.Min(extent => extent.First[axis]));
        return new NonzeroRegion(mask, size, new CropBox(start, Int3.From(axis => filled.Max(extent => extent.Last[axis]) + 1 - start[axis])));
    }

    /// <summary>The artificial segmentation of an image without one: 0 in the region, -1 outside, cropped to a box.</summary>
    /// <param name="box">The box.</param>
    public sbyte[] OutsideMarks(CropBox box)
    {
        byte[] inside = new byte[box.Size.Product];
        box.CopyFrom(_mask, Size, inside.AsSpan());
        return Array.ConvertAll(inside, value => (sbyte)(value - 1));
    }

    /// <summary>Marks the background (0) of a cropped segmentation that lies outside the region with -1; labels outside keep their value.</summary>
    /// <param name="labels">The labels of the box, C order; changed in place.</param>
    /// <param name="box">The box.</param>
    public void MarkOutside(Span<short> labels, CropBox box)
    {
        byte[] inside = new byte[box.Size.Product];
        box.CopyFrom(_mask, Size, inside.AsSpan());
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, inside.Length);
        for (int i = 0; i < inside.Length; i++)
        {
            if (inside[i] == 0 && labels[i] == 0)
                labels[i] = -1;
        }
    }

    /// <summary>
    /// Marks the zeros that reach the border of the volume through faces. Works on runs along x: each run enters the stack once, so time is
    /// linear in the voxels, and the stack holds one integer per run still to visit.
    /// </summary>
    private static void FloodOutside(byte[] mask, Int3 size)
    {
        (int depth, int height, int width) = size;
        Stack<int> runs = new();
        for (int row = 0; row < depth * height; row++)
        {
            (int z, int y) = (row / height, row % height);
            bool border = z == 0 || z == depth - 1 || y == 0 || y == height - 1;
            EnterRuns(mask, row * width, width, 0, border ? width : 1, runs);
            EnterRuns(mask, row * width, width, width - 1, width, runs);
            while (runs.TryPop(out int start))
            {
                int from = start % width;
                (int currentZ, int currentY) = (start / width / height, start / width % height);
                int to = from;
                while (to < width && mask[start - from + to] == Outside)
                    to++;
                if (currentZ > 0)
                    EnterRuns(mask, start - from - height * width, width, from, to, runs);
                if (currentZ < depth - 1)
                    EnterRuns(mask, start - from + height * width, width, from, to, runs);
                if (currentY > 0)
                    EnterRuns(mask, start - from - width, width, from, to, runs);
                if (currentY < height - 1)
                    EnterRuns(mask, start - from + width, width, from, to, runs);
            }
        }
    }

    /// <summary>Marks every run of zeros of a row that meets [from, to) and puts its start on the stack.</summary>
    private static void EnterRuns(byte[] mask, int row, int width, int from, int to, Stack<int> runs)
    {
        Span<byte> line = mask.AsSpan(row, width);
        for (int x = from; x < to; x++)
        {
            if (line[x] != Zero)
                continue;
            int first = x;
            while (first > 0 && line[first - 1] == Zero)
                first--;
            while (x < width && line[x] == Zero)
                x++;
            line[first..x].Fill(Outside);
            runs.Push(row + first);
        }
    }

    private static (Int3 First, Int3 Last) FinishPlane(Span<byte> mask, Int3 size, int z)
    {
        (int top, int bottom, int left, int right) = (int.MaxValue, -1, int.MaxValue, -1);
        for (int y = 0; y < size.H; y++)
        {
            Span<byte> line = mask.Slice(y * size.W, size.W);
            for (int x = 0; x < line.Length; x++)
            {
                line[x] = line[x] == Outside ? Zero : Object;
                if (line[x] == Zero)
                    continue;
                (top, bottom) = (Math.Min(top, y), y);
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
            }
        }

        return (new Int3(z, top, left), new Int3(bottom < 0 ? -1 : z, bottom, right));
    }
}
