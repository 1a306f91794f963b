using System.Numerics;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// Resamples slices of probabilities to the export grid as they come: an output slice is made as soon as the later of its two network slices is
/// there. z first, then y, then x; lanes are classes. The same three 1-D interpolations that the reference applies to whole volumes.
/// </summary>
internal sealed unsafe class SliceInterpolator : ISliceConsumer, IParallelBody, IDisposable
{
    private const int RowsPerPiece = 16;

    private readonly AxisSampling _z;
    private readonly AxisSampling _y;
    private readonly AxisSampling _x;
    private readonly bool _isIdentityAlongX;
    private readonly int _columns;
    private readonly int _pitch;
    private readonly IRowConsumer _consumer;
    private readonly WorkerPool _workers;
    private readonly List<Scratch> _scratch = [];
    private ProbabilitySlice _lower;
    private ProbabilitySlice _upper;
    private int _slice;

    /// <summary>Prepares the interpolation.</summary>
    /// <param name="size">Size of the network's volume (z, y, x).</param>
    /// <param name="sampling">How the export grid samples it, per axis.</param>
    /// <param name="pitch">Floats from voxel to voxel.</param>
    /// <param name="consumer">Receives the rows.</param>
    /// <param name="workers">Threads.</param>
    public SliceInterpolator(Int3 size, IReadOnlyList<AxisSampling> sampling, int pitch, IRowConsumer consumer, WorkerPool workers)
    {
        (_z, _y, _x) = (sampling[0], sampling[1], sampling[2]);
        (_columns, _pitch, _consumer, _workers) = (size.W, pitch, consumer, workers);
        _isIdentityAlongX = _x.InputSize == _x.OutputSize;
        try
        {
            for (int worker = 0; worker < workers.Count; worker++)
                _scratch.Add(new Scratch((long)_columns * pitch, (long)_x.OutputSize * pitch));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of scratch memory.</summary>
    /// <param name="columns">Length of a network row.</param>
    /// <param name="exported">Length of an output row.</param>
    /// <param name="pitch">Floats from voxel to voxel.</param>
    /// <param name="workers">Threads.</param>
    public static long ScratchBytes(int columns, int exported, int pitch, int workers) =>
        ((3L * columns) + exported) * pitch * sizeof(float) * workers;

    /// <inheritdoc/>
    public void Accept(int z, ProbabilitySlice current, ProbabilitySlice previous)
    {
        for (; _slice < _z.OutputSize && _z.Upper[_slice] <= z; _slice++)
        {
            _upper = current;
            _lower = _z.Lower[_slice] == z ? current : previous;
            _workers.Run((_y.OutputSize + RowsPerPiece - 1) / RowsPerPiece, this);
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
                Blend(row, next, weight, scratch.AlongY, _columns * _pitch);
                row = scratch.AlongY;
            }

            _consumer.Accept(_slice, y, _isIdentityAlongX ? row : AlongX(row, scratch));
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
        float weight = (float)_z.UpperWeight[_slice];
        if (weight == 0)
            return _lower.Row(y);
        // Neighbouring output rows share network rows: the last two are kept.
        int place = y % 2;
        if (scratch.Kept[place] != y)
        {
            Blend(_lower.Row(y), _upper.Row(y), weight, scratch.AlongZ(place), _columns * _pitch);
            scratch.Kept[place] = y;
        }

        return scratch.AlongZ(place);
    }

    private float* AlongX(float* row, Scratch scratch)
    {
        float* target = scratch.AlongX;
        for (int x = 0; x < _x.OutputSize; x++, target += _pitch)
            Blend(row + ((long)_x.Lower[x] * _pitch), row + ((long)_x.Upper[x] * _pitch), (float)_x.UpperWeight[x], target, _pitch);
        return scratch.AlongX;
    }

    /// <summary>Rows of one worker.</summary>
    private sealed class Scratch(long rowFloats, long exportedFloats) : IDisposable
    {
        private readonly CpuMemory _memory = new(((3 * rowFloats) + exportedFloats) * sizeof(float));

        public int[] Kept { get; } = [-1, -1];

        public float* AlongY => AlongZ(2);

        public float* AlongX => AlongZ(3);

        public float* AlongZ(int place) => (float*)_memory.Pointer + (place * rowFloats);

        public void Forget() => Kept.AsSpan().Fill(-1);

        public void Dispose() => _memory.Dispose();
    }
}
