using System.Numerics;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// Turns slices of sums into means and resamples them to the export grid as they come: an output slice is made as soon as the later of its two network slices is
/// there. z first, then y, then x; lanes are classes. The same three 1-D interpolations that the reference applies to whole volumes. Slices
/// are only read: divided rows live in a worker's scratch.
/// </summary>
internal sealed unsafe class SliceInterpolator : ISliceConsumer, IParallelBody, IDisposable
{
    private const int RowsPerPiece = 16;

    /// <summary>Voxels that are interpolated along x before they are handed on: 7 KiB at 105 classes, so that they are still in the first cache.</summary>
    private const int VoxelsPerPiece = 16;

    private readonly AxisSampling _z;
    private readonly AxisSampling _y;
    private readonly AxisSampling _x;
    private readonly bool _isIdentityAlongX;
    private readonly MeanRow _network;
    private readonly int _rowFloats;
    private readonly int _pitch;
    private readonly IRowConsumer _consumer;
    private readonly WorkerPool _workers;
    private readonly List<Scratch> _scratch = [];
    private AccumulatedSlice _lower;
    private AccumulatedSlice _upper;
    private int _slice;

    /// <summary>Prepares the interpolation.</summary>
    /// <param name="size">Size of the network's volume (z, y, x).</param>
    /// <param name="sampling">How the export grid samples it, per axis.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="consumer">Receives the rows.</param>
    /// <param name="workers">Threads.</param>
    public SliceInterpolator(Int3 size, IReadOnlyList<AxisSampling> sampling, int classes, IRowConsumer consumer, WorkerPool workers)
    {
        (_z, _y, _x) = (sampling[0], sampling[1], sampling[2]);
        (_pitch, _consumer, _workers) = (AccumulatorRing.PitchOf(classes), consumer, workers);
        (_network, _rowFloats) = (new MeanRow(classes, _pitch, size.W), size.W * _pitch);
        _isIdentityAlongX = _x.InputSize == _x.OutputSize;
        try
        {
            for (int worker = 0; worker < workers.Count; worker++)
                _scratch.Add(new Scratch(_rowFloats, VoxelsPerPiece * _pitch));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of scratch memory.</summary>
    /// <param name="columns">Length of a network row.</param>
    /// <param name="pitch">Floats from voxel to voxel.</param>
    /// <param name="workers">Threads.</param>
    public static long ScratchBytes(int columns, int pitch, int workers) => ((3L * columns) + VoxelsPerPiece) * pitch * sizeof(float) * workers;

    /// <inheritdoc/>
    public void Accept(int z, AccumulatedSlice current, AccumulatedSlice previous)
    {
        for (; _slice < _z.OutputSize && _z.Upper[_slice] <= z; _slice++)
        {
            _upper = current;
            _lower = _z.Lower[_slice] == z ? current : previous;
            _workers.Run((_y.OutputSize + RowsPerPiece - 1) / RowsPerPiece, this);
            _consumer.EndSlice(_slice);
        }
    }

    /// <inheritdoc/>
    public void Execute(int index, int worker)
    {
        Scratch scratch = _scratch[worker];
        scratch.Forget();
        int end = Math.Min(_y.OutputSize, (index + 1) * RowsPerPiece);
        for (int y = index * RowsPerPiece; y < end; y++)
        {
            float weight = (float)_y.UpperWeight[y];
            float* row = AlongZ(_y.Lower[y], scratch);
            if (weight != 0)
            {
                float* next = AlongZ(_y.Upper[y], scratch);
                Blend(row, next, weight, scratch.AlongY, _rowFloats);
                row = scratch.AlongY;
            }

            if (_isIdentityAlongX)
                _consumer.Accept(_slice, y, 0, _x.OutputSize, row);
            else
                AlongX(y, row, scratch);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Scratch scratch in _scratch)
            scratch.Dispose();
    }

    /// <summary>target = (1 - weight) * a + weight * b.</summary>
    private static void Blend(float* a, float* b, float weight, float* target, int count)
    {
        Vector<float> upper = new(weight);
        Vector<float> lower = new(1 - weight);
        for (int i = 0; i < count; i += Vector<float>.Count)
            Vector.Store((Vector.Load(a + i) * lower) + (Vector.Load(b + i) * upper), target + i);
    }

    private float* AlongZ(int y, Scratch scratch)
    {
        // Neighbouring output rows share network rows: the last two are kept.
        int place = y % 2;
        float* target = scratch.AlongZ(place);
        if (scratch.Kept[place] == y)
            return target;
        scratch.Kept[place] = y;
        float share = (float)_z.UpperWeight[_slice];
        if (share == 0)
            _network.Divide(_lower.Row(y), target);
        else
            _network.DivideBetween(_lower.Row(y), _upper.Row(y), share, target);
        return target;
    }

    private void AlongX(int y, float* row, Scratch scratch)
    {
        for (int start = 0; start < _x.OutputSize; start += VoxelsPerPiece)
        {
            int count = Math.Min(VoxelsPerPiece, _x.OutputSize - start);
            for (int i = 0; i < count; i++)
            {
                int x = start + i;
                Blend(row + ((long)_x.Lower[x] * _pitch), row + ((long)_x.Upper[x] * _pitch), (float)_x.UpperWeight[x], scratch.AlongX + (i * _pitch), _pitch);
            }

            _consumer.Accept(_slice, y, start, count, scratch.AlongX);
        }
    }

    /// <summary>Rows of one worker.</summary>
    private sealed class Scratch(long rowFloats, long pieceFloats) : IDisposable
    {
        private readonly CpuMemory _memory = new(((3 * rowFloats) + pieceFloats) * sizeof(float));

        public int[] Kept { get; } = [-1, -1];

        public float* AlongY => AlongZ(2);

        public float* AlongX => AlongZ(3);

        public float* AlongZ(int place) => (float*)_memory.Pointer + (place * rowFloats);

        public void Forget() => Kept.AsSpan().Fill(-1);

        public void Dispose() => _memory.Dispose();
    }
}
