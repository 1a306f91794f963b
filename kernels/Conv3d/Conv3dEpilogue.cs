using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The end of a convolution, while its outputs are in the L1 cache: adds the normalised addend and applies the activation, stores, and sums up for
/// the statistics. A whole number of vectors at a time; lanes that fill no vector go one by one.
/// </summary>
internal sealed unsafe class Conv3dEpilogue<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    /// <summary>
    /// Floats per lane that a worker keeps for a block of channels: shift, sum, sum of squares, voxels in these sums; sum and sum of squares of what
    /// came before. Short sums are folded into long ones, so that no chain of additions gets long enough to drift.
    /// </summary>
    public const int SumsOfLane = 6;

    private const int VoxelsOfShortSum = 256;

    private readonly float _slope;
    private readonly TensorView _output;
    private readonly TensorView _addend;
    private readonly Conv3dNorms _norms;
    private readonly bool _hasAddend;
    private readonly bool _pastCaches;

    /// <summary>Binds the epilogue.</summary>
    public Conv3dEpilogue(Conv3dOp op, ReadOnlySpan<TensorView> operands, Conv3dNorms norms)
    {
        _norms = norms;
        _output = operands[^1];
        _hasAddend = op.NormalisedAddendSlope is not null;
        _slope = op.NormalisedAddendSlope ?? 1;
        _pastCaches = PastCaches.Suits(_output.Desc) && _output.Desc.ChannelPitch % TIsa.Lanes == 0;
        if (_hasAddend)
            _addend = operands[op.AddendOperand];
    }

    /// <summary>Whether there is anything to do.</summary>
    public bool IsNeeded => _hasAddend || _norms.Moments is not null;

    /// <summary>Starts a piece of the output.</summary>
    /// <param name="sums">A worker's sums.</param>
    /// <param name="lanes">Lanes of a block.</param>
    public void Begin(float* sums, int lanes) => new Span<float>(sums, SumsOfLane * lanes).Clear();

    /// <summary>Finishes and stores neighbouring columns of one block of channels.</summary>
    /// <param name="tile">The outputs, [column][lane].</param>
    /// <param name="lanes">Lanes of the block.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="target">Element of the output's first column and channel 0.</param>
    /// <param name="n">Sample.</param>
    /// <param name="firstOc">First channel of the block.</param>
    /// <param name="real">Lanes that exist in the output.</param>
    /// <param name="sums">A worker's sums.</param>
    public void Store(float* tile, int lanes, int columns, long target, int n, int firstOc, int real, float* sums)
    {
        int pitch = _output.Desc.ChannelPitch;
        float* output = _output.Floats + target + firstOc;
        float* addend = _hasAddend ? _addend.Floats + target + firstOc : null;
        float* table = _hasAddend ? _norms.AddendTable + ((long)n * InstanceNormTable.Rows * pitch) + firstOc : null;
        int lane = 0;
        for (; lane + TIsa.Lanes <= real; lane += TIsa.Lanes)
            StoreVector(tile + lane, lanes, columns, output + lane, addend + lane, table + lane, pitch, sums + (lane * SumsOfLane));
        for (; lane < real; lane++)
            StoreLane(tile + lane, lanes, columns, output + lane, addend + lane, table + lane, pitch, sums + (lane * SumsOfLane));
    }

    /// <summary>Ends a piece of the output.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="firstOc">First channel of the block.</param>
    /// <param name="lanes">Lanes of the block.</param>
    /// <param name="sums">A worker's sums.</param>
    public void End(int piece, int firstOc, int lanes, float* sums)
    {
        if (_pastCaches)
            PastCaches.Fence();
        if (_norms.Moments is null)
            return;
        int real = Math.Min(lanes, _output.Desc.Shape.C - firstOc);
        int lane = 0;
        int whole = Math.Min(lanes, _output.Desc.ChannelPitch - firstOc) / TIsa.Lanes * TIsa.Lanes;
        for (; lane < real; lane += lane < whole ? TIsa.Lanes : 1)
        {
            int count = lane < whole ? Math.Min(TIsa.Lanes, real - lane) : 1;
            int step = lane < whole ? TIsa.Lanes : 1;
            float* at = sums + (lane * SumsOfLane);
            for (int i = 0; i < step; i++)
            {
                at[step + i] += at[(4 * step) + i];
                at[(2 * step) + i] += at[(5 * step) + i];
            }

            _norms.Moments.Set(piece, firstOc + lane, count, at, at + step, at + (2 * step));
        }
    }

    private void StoreVector(float* tile, int lanes, int columns, float* output, float* addend, float* table, int pitch, float* sums)
    {
        float* voxels = sums + (3 * TIsa.Lanes);
        V shift = *voxels == 0 ? Finish(tile, addend, table, pitch) : TIsa.Load(sums);
        V sum = TIsa.Load(sums + TIsa.Lanes);
        V squares = TIsa.Load(sums + (2 * TIsa.Lanes));
        for (int column = 0; column < columns; column++, tile += lanes, output += pitch)
        {
            V value = Finish(tile, addend + ((long)column * pitch), table, pitch);
            if (_pastCaches)
                TIsa.StoreNonTemporal(output, value);
            else
                TIsa.Store(output, value);
            V distance = TIsa.Subtract(value, shift);
            sum = TIsa.Add(sum, distance);
            squares = TIsa.MultiplyAdd(distance, distance, squares);
        }

        *voxels += columns;
        TIsa.Store(sums, shift);
        if (*voxels >= VoxelsOfShortSum)
        {
            Fold(sums + (4 * TIsa.Lanes), ref sum);
            Fold(sums + (5 * TIsa.Lanes), ref squares);
            *voxels = 1; // not 0: the shift stays
        }

        TIsa.Store(sums + TIsa.Lanes, sum);
        TIsa.Store(sums + (2 * TIsa.Lanes), squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold(float* before, ref V sum)
    {
        TIsa.Store(before, TIsa.Add(TIsa.Load(before), sum));
        sum = TIsa.Broadcast(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Finish(float* tile, float* addend, float* table, int pitch)
    {
        V value = TIsa.Load(tile);
        if (!_hasAddend)
            return value;
        V normalised = InstanceNormVector.Normalise<TIsa, V>(TIsa.Load(addend), TIsa.Load(table), TIsa.Load(table + pitch), TIsa.Load(table + (2 * pitch)));
        return InstanceNormVector.Activate<TIsa, V>(TIsa.Add(value, normalised), TIsa.Broadcast(_slope));
    }

    private void StoreLane(float* tile, int lanes, int columns, float* output, float* addend, float* table, int pitch, float* sums)
    {
        for (int column = 0; column < columns; column++, tile += lanes, output += pitch)
        {
            float value = *tile;
            if (_hasAddend)
            {
                value += ((addend[(long)column * pitch] - table[0]) * table[pitch]) + table[2 * pitch];
                value = Math.Max(value, value * _slope);
            }

            *output = value;
            if (sums[3] == 0)
                sums[0] = value;
            float distance = value - sums[0];
            sums[1] += distance;
            sums[2] += distance * distance;
            if (++sums[3] >= VoxelsOfShortSum)
                (sums[1], sums[2], sums[3], sums[4], sums[5]) = (0, 0, 1, sums[4] + sums[1], sums[5] + sums[2]);
        }
    }
}
