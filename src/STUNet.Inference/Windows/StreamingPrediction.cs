using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Predicts a volume window by window, slowest axis first, and hands out slices of sums as soon as no later window touches them, so that
/// no more than a patch depth of classes x slice exists. Windows, folds and mirrorings follow one another in the reference's order.
/// </summary>
internal sealed unsafe class StreamingPrediction : IDisposable
{
    private readonly Device _device;
    private readonly IReadOnlyList<WindowPredictor> _folds;
    private readonly WindowGrid _grid;
    private readonly ImmutableArray<FlipAxes> _passes;
    private readonly WindowSums _sums;
    private readonly List<CpuMemory> _staging = [];

    /// <summary>Allocates what finished slices are copied to.</summary>
    /// <param name="device">The device of the predictors.</param>
    /// <param name="folds">The networks whose predictions are averaged.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="passes">The mirrorings of every window.</param>
    /// <param name="sums">What they are added up in; disposed of with this, also if that fails.</param>
    public StreamingPrediction(Device device, IReadOnlyList<WindowPredictor> folds, WindowGrid grid, ImmutableArray<FlipAxes> passes, WindowSums sums)
    {
        (_device, _folds, _grid, _passes, _sums) = (device, folds, grid, passes, sums);
        try
        {
            // Elsewhere than on the CPU finished slices are copied to the host, alternating between two places: the last one is still needed.
            for (int i = 0; device is not CpuDevice && i < 2 * sums.Rings.Count; i++)
                _staging.Add(new CpuMemory(sums.Rings[0].SliceBytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Network passes in all.</summary>
    public int PassCount => _grid.Count * _folds.Count * _passes.Length;

    /// <summary>Predicts the volume.</summary>
    /// <param name="source">The padded volume, channels first, on the device.</param>
    /// <param name="consumer">Receives the slices.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="progress">Told the number of passes done.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    public void Run(VolumeBinding source, ISliceConsumer consumer, StepClock clock, Action<int>? progress, CancellationToken cancellation)
    {
        foreach (WindowPredictor fold in _folds)
            fold.SetImportance(_sums.Importance);
        clock.Lap(SegmentationStep.Accumulator);
        ReadOnlySpan<int> rows = _grid.Starts(0);
        int passesDone = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            foreach (int y in _grid.Starts(1))
            {
                foreach (int x in _grid.Starts(2))
                {
                    Predict(source, new Int3(rows[row], y, x), cancellation);
                    // So that progress is true and cancelling stops soon; a window is long against an empty queue.
                    _device.Synchronize();
                    passesDone += _folds.Count * _passes.Length;
                    progress?.Invoke(passesDone);
                    clock.Lap(SegmentationStep.Windows);
                }
            }

            int end = row + 1 < rows.Length ? rows[row + 1] : _grid.Padded.D;
            for (int z = rows[row]; z < end; z++)
            {
                cancellation.ThrowIfCancellationRequested();
                Finish(z, consumer, clock);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // After an error or a cancellation passes may still be queued, and they write into the rings.
            _device.Synchronize();
        }
        finally
        {
            _sums.Dispose();
            _staging.ForEach(slice => slice.Dispose());
        }
    }

    private void Predict(VolumeBinding source, Int3 origin, CancellationToken cancellation)
    {
        for (int fold = 0; fold < _folds.Count; fold++)
        {
            RunArguments arguments = _sums.Target(fold, source, origin);
            arguments.Weight = 1f / _passes.Length;
            foreach (FlipAxes pass in _passes)
            {
                cancellation.ThrowIfCancellationRequested();
                arguments.Flip = pass;
                _folds[fold].Accumulate(arguments);
            }

            _sums.Added(fold, origin);
        }
    }

    private void Finish(int z, ISliceConsumer consumer, StepClock clock)
    {
        int unpadded = z - _grid.Before.D;
        if (unpadded >= 0 && unpadded < _grid.Volume.D)
        {
            nint[] slices = [.. Enumerable.Range(0, _sums.Rings.Count).Select(ring => OnHost(ring, z, copy: true))];
            _sums.Merge(slices);
            consumer.Accept(unpadded, Slice(slices[0]), unpadded == 0 ? default : Slice(OnHost(0, z - 1, copy: false)));
            clock.Lap(SegmentationStep.Export);
        }

        // Slice z stays for the interpolation between z and z + 1; slice z - 1 has done its duty.
        if (z > 0)
        {
            foreach (AccumulatorRing ring in _sums.Rings)
                ring.Clear(z - 1);
            clock.Lap(SegmentationStep.Accumulator);
        }
    }

    private AccumulatedSlice Slice(nint padded)
    {
        int pitch = _sums.Rings[0].Binding.Channels;
        long first = ((long)_grid.Before.H * _grid.Padded.W) + _grid.Before.W;
        return new AccumulatedSlice((nint)((float*)padded + (first * pitch)), (long)_grid.Padded.W * pitch);
    }

    private nint OnHost(int ring, int z, bool copy)
    {
        AccumulatorRing slices = _sums.Rings[ring];
        if (_device is CpuDevice)
            return (nint)((byte*)slices.Binding.Floats + slices.OffsetOf(z));
        CpuMemory place = _staging[(2 * ring) + (z % 2)];
        if (copy)
            Download(slices, z, place);
        return (nint)place.Pointer;
    }

    private void Download(AccumulatorRing slices, int z, CpuMemory place)
    {
        const int Piece = 1 << 30;
        for (long done = 0; done < slices.SliceBytes; done += Piece)
        {
            int length = (int)Math.Min(Piece, slices.SliceBytes - done);
            _device.Download(slices.Binding.Memory, slices.OffsetOf(z) + done, new Span<byte>(place.Pointer + done, length));
        }
    }
}
