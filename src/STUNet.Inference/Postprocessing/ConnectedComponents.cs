using System.Numerics;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// The connected components of a label or region. Works on runs of voxels along x, joined by union-find with the runs of the rows before, so that memory
/// grows with the surface and not with the volume.
/// </summary>
internal sealed class ConnectedComponents
{
    private readonly List<Run> _runs = [];
    private readonly List<int> _parent = [];
    private readonly Dictionary<int, long> _voxels = [];

    private ConnectedComponents()
    {
    }

    /// <summary>Voxels of every component, in no order that matters.</summary>
    public IReadOnlyCollection<long> Sizes => _voxels.Values;

    /// <summary>Finds the components within a box.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="box">A box around every voxel in question.</param>
    /// <param name="what">The label or region.</param>
    /// <param name="neighbours">Which voxels touch.</param>
    public static ConnectedComponents Find(LabelVolume labels, CropBox box, LabelOrRegion what, VoxelNeighbours neighbours)
    {
        ConnectedComponents components = new();
        if (labels.BytesPerVoxel == 1)
            components.Scan<byte>(labels.As<byte>(), labels.Size, box, what, neighbours);
        else if (labels.BytesPerVoxel == 2)
            components.Scan<ushort>(labels.As<ushort>(), labels.Size, box, what, neighbours);
        else
            components.Scan<uint>(labels.As<uint>(), labels.Size, box, what, neighbours);
        components.Measure();
        return components;
    }

    /// <summary>Sets the voxels of components to 0.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="isRemoved">Whether a component of so many voxels goes.</param>
    public void Remove(LabelVolume labels, Func<long, bool> isRemoved)
    {
        for (int i = 0; i < _runs.Count; i++)
        {
            if (!isRemoved(_voxels[Root(i)]))
                continue;
            (int start, int length) = (_runs[i].Start, _runs[i].Length);
            if (labels.BytesPerVoxel == 1)
                labels.As<byte>().Slice(start, length).Clear();
            else if (labels.BytesPerVoxel == 2)
                labels.As<ushort>().Slice(start, length).Clear();
            else
                labels.As<uint>().Slice(start, length).Clear();
        }
    }

    private void Scan<T>(ReadOnlySpan<T> voxels, Int3 size, CropBox box, LabelOrRegion what, VoxelNeighbours neighbours)
        where T : unmanaged, IBinaryInteger<T>
    {
        int reach = neighbours == VoxelNeighbours.All ? 1 : 0;
        int[] firstOfRow = new int[(box.Size.D * box.Size.H) + 1];
        for (int row = 0; row < box.Size.D * box.Size.H; row++)
        {
            (int z, int y) = Math.DivRem(row, box.Size.H);
            int start = ((((box.Start.D + z) * size.H) + box.Start.H + y) * size.W) + box.Start.W;
            FindRuns(voxels.Slice(start, box.Size.W), start, what.Lookup);
            firstOfRow[row + 1] = _runs.Count;
            if (y > 0)
                Join(row, row - 1, reach, firstOfRow, size.W);
            for (int aside = -reach; z > 0 && aside <= reach; aside++)
            {
                if (y + aside >= 0 && y + aside < box.Size.H)
                    Join(row, row - box.Size.H + aside, reach, firstOfRow, size.W);
            }
        }
    }

    private void FindRuns<T>(ReadOnlySpan<T> row, int offset, ReadOnlySpan<bool> lookup)
        where T : unmanaged, IBinaryInteger<T>
    {
        int start = -1;
        for (int x = 0; x < row.Length; x++)
        {
            uint label = uint.CreateTruncating(row[x]);
            bool isInside = label < (uint)lookup.Length && lookup[(int)label];
            if (isInside && start < 0)
                start = x;
            else if (!isInside && start >= 0)
                Add(offset + start, x - start);
            start = isInside ? start : -1;
        }

        if (start >= 0)
            Add(offset + start, row.Length - start);
    }

    private void Add(int start, int length)
    {
        _parent.Add(_runs.Count);
        _runs.Add(new Run(start, length));
    }

    /// <summary>Joins the runs of two rows that touch; both rows are in ascending order, so one walk along both finds all pairs.</summary>
    private void Join(int row, int before, int reach, int[] firstOfRow, int width)
    {
        (int a, int b) = (firstOfRow[row], firstOfRow[before]);
        while (a < firstOfRow[row + 1] && b < firstOfRow[before + 1])
        {
            (int startA, int startB) = (_runs[a].Start % width, _runs[b].Start % width);
            (int endA, int endB) = (startA + _runs[a].Length, startB + _runs[b].Length);
            if (startA < endB + reach && startB < endA + reach)
                Union(a, b);
            if (endA < endB)
                a++;
            else
                b++;
        }
    }

    private void Union(int a, int b)
    {
        (int rootA, int rootB) = (Root(a), Root(b));
        _parent[Math.Max(rootA, rootB)] = Math.Min(rootA, rootB);
    }

    private int Root(int run)
    {
        while (_parent[run] != run)
        {
            _parent[run] = _parent[_parent[run]];
            run = _parent[run];
        }

        return run;
    }

    private void Measure()
    {
        for (int i = 0; i < _runs.Count; i++)
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_voxels, Root(i), out _) += _runs[i].Length;
    }

    private readonly record struct Run(int Start, int Length);
}
