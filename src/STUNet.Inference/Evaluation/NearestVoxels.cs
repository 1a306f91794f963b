using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>
/// The exact Euclidean distance transform of a set of voxels with unequal spacing, in time linear in the box: the nearest x along every row, then along
/// y and along z the lower envelope of one parabola per candidate. It carries the nearest voxel rather than the distance, so that distances come from
/// whole offsets and are rounded once.
/// </summary>
/// <remarks>Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8 (2012).</remarks>
internal sealed class NearestVoxels
{
    private const int None = -1;
    private readonly Int3 _size;
    private readonly Spacing _spacing;
    private readonly WorkerPool _workers;

    // Per voxel the index of the nearest one of its row, and then of its plane; None where there is none.
    private readonly int[] _nearest;

    private NearestVoxels(ReadOnlyMemory<byte> voxels, byte to, Int3 size, Spacing spacing, int[] scratch, WorkerPool workers)
    {
        (_size, _spacing, _nearest, _workers) = (size, spacing, scratch, workers);
        workers.Run(size.D, z =>
        {
            int plane = z * size.H * size.W;
            for (int y = 0; y < size.H; y++)
                ScanRow(voxels.Span, to, plane + (y * size.W));
            LowerEnvelope envelope = new(size.H, spacing.Y);
            for (int x = 0; x < size.W; x++)
                MergeRows(envelope, plane, x);
        });
    }

    /// <summary>The distances in mm from the centres of some voxels to the nearest centre among others, in memory order of the former.</summary>
    /// <param name="voxels">Sets of voxels, one per bit, C order.</param>
    /// <param name="from">The bit of the set to measure from.</param>
    /// <param name="to">The bit of the set to measure to; at least one voxel.</param>
    /// <param name="size">Size of the box.</param>
    /// <param name="spacing">Millimetres between neighbours.</param>
    /// <param name="scratch">As many entries as voxels; what is in it does not matter.</param>
    /// <param name="workers">The workers.</param>
    public static double[] Distances(ReadOnlyMemory<byte> voxels, byte from, byte to, Int3 size, Spacing spacing, int[] scratch, WorkerPool workers) =>
        new NearestVoxels(voxels, to, size, spacing, scratch, workers).DistancesFrom(voxels, from);

    private double[] DistancesFrom(ReadOnlyMemory<byte> voxels, byte from)
    {
        int[] firstOfRow = new int[(_size.D * _size.H) + 1];
        for (int row = 0; row < _size.D * _size.H; row++)
        {
            int count = 0;
            foreach (byte voxel in voxels.Span.Slice(row * _size.W, _size.W))
                count += (voxel & from) != 0 ? 1 : 0;
            firstOfRow[row + 1] = firstOfRow[row] + count;
        }

        double[] distances = new double[firstOfRow[^1]];
        _workers.Run(_size.H, y =>
        {
            LowerEnvelope envelope = new(_size.D, _spacing.Z);
            int[] next = [.. Enumerable.Range(0, _size.D).Select(z => firstOfRow[(z * _size.H) + y])];
            for (int x = 0; x < _size.W; x++)
            {
                bool isBuilt = false;
                for (int z = 0; z < _size.D; z++)
                {
                    int at = (((z * _size.H) + y) * _size.W) + x;
                    if ((voxels.Span[at] & from) == 0)
                        continue;
                    if (!isBuilt)
                        MergePlanes(envelope, y, x);
                    isBuilt = true;
                    distances[next[z]++] = Distance(at, envelope.NearestTo(z));
                }
            }
        });
        return distances;
    }

    private void ScanRow(ReadOnlySpan<byte> voxels, byte to, int start)
    {
        int last = None;
        for (int at = start; at < start + _size.W; at++)
        {
            last = (voxels[at] & to) != 0 ? at : last;
            _nearest[at] = last;
        }

        last = None;
        for (int at = start + _size.W - 1; at >= start; at--)
        {
            last = (voxels[at] & to) != 0 ? at : last;
            if (last != None && (_nearest[at] == None || last - at < at - _nearest[at]))
                _nearest[at] = last;
        }
    }

    private void MergeRows(LowerEnvelope envelope, int plane, int x)
    {
        envelope.Clear();
        for (int y = 0; y < _size.H; y++)
        {
            int candidate = _nearest[plane + (y * _size.W) + x];
            if (candidate == None)
                continue;
            double across = (candidate - (plane + (y * _size.W) + x)) * _spacing.X;
            envelope.Add(y, across * across, candidate);
        }

        if (envelope.IsEmpty)
            return;
        for (int y = 0; y < _size.H; y++)
            _nearest[plane + (y * _size.W) + x] = envelope.NearestTo(y);
    }

    private void MergePlanes(LowerEnvelope envelope, int y, int x)
    {
        envelope.Clear();
        for (int z = 0; z < _size.D; z++)
        {
            int at = (((z * _size.H) + y) * _size.W) + x;
            int candidate = _nearest[at];
            if (candidate == None)
                continue;
            double down = ((candidate / _size.W % _size.H) - y) * _spacing.Y;
            double across = ((candidate % _size.W) - x) * _spacing.X;
            envelope.Add(z, (down * down) + (across * across), candidate);
        }
    }

    // In SciPy's order of rounding: whether a distance is within a tolerance can hang on the last bit.
    private double Distance(int from, int to)
    {
        int plane = _size.H * _size.W;
        double along = ((to / plane) - (from / plane)) * _spacing.Z;
        double down = ((to / _size.W % _size.H) - (from / _size.W % _size.H)) * _spacing.Y;
        double across = ((to % _size.W) - (from % _size.W)) * _spacing.X;
        return Math.Sqrt((along * along) + (down * down) + (across * across));
    }
}
