using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Predicts a volume window by window, slowest axis first, and hands out slices of sums as soon as no later window touches them, so that
/// no more than a patch depth of classes x slice exists. Windows, folds and mirrorings follow one another in the reference's order.
/// </summary>
internal sealed class StreamingPrediction : IDisposable
{
    private readonly Device _device;
    private readonly IReadOnlyList<WindowPredictor> _folds;
    private readonly WindowGrid _grid;
    private readonly ImmutableArray<FlipAxes> _passes;
    private readonly WindowSums _sums;

    /// <summary>Prepares the prediction.</summary>
    /// <param name="device">The device of the predictors.</param>
    /// <param name="folds">The networks whose predictions are averaged.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="passes">The mirrorings of every window.</param>
    /// <param name="sums">What they are added up in; disposed of with this.</param>
    public StreamingPrediction(Device device, IReadOnlyList<WindowPredictor> folds, WindowGrid grid, ImmutableArray<FlipAxes> passes, WindowSums sums) =>
        (_device, _folds, _grid, _passes, _sums) = (device, folds, grid, passes, sums);

    /// <summary>Network passes in all.</summary>
    public int PassCount => _grid.Count * _folds.Count * _passes.Length;

    /// <summary>Predicts the volume.</summary>
    /// <param name="source">The padded volume, channels first, on the device.</param>
    /// <param name="finished">Told of the slices of sums.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="progress">Told the number of passes done.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    public void Run(VolumeBinding source, IFinishedSlices finished, StepClock clock, Action<int>? progress, CancellationToken cancellation)
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
            finished.Take(rows[row], end, cancellation);
            clock.Lap(SegmentationStep.Export);
            Clear(rows[row], end);
            clock.Lap(SegmentationStep.Accumulator);
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

    // The last slice stays for the interpolation towards the next; those before have done their duty.
    private void Clear(int first, int end)
    {
        for (int z = Math.Max(first, 1); z < end; z++)
        {
            foreach (AccumulatorRing ring in _sums.Rings)
                ring.Clear(z - 1);
        }

        // So that the time is not that of the next windows.
        _device.Synchronize();
    }
}
