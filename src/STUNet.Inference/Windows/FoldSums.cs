using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Sums of every fold by themselves, whose means are averaged in binary16: mode fastest of v1, and v2.2.</summary>
internal class FoldSums : WindowSums
{
    private readonly WorkerPool _workers;
    private readonly HalfAverage _average;

    /// <summary>Takes the accumulators and clears them.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">Lends memory of the device.</param>
    /// <param name="workers">Host threads.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="importance">The weight of every voxel of a window.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="roundsEverySum">Whether the sum over the folds is rounded fold by fold (v2), or its quotient alone (v1).</param>
    public FoldSums(
        Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, float[] importance, int folds, bool roundsEverySum)
        : base(device, memory, grid, classes, importance, folds) =>
        (_workers, _average) = (workers, new HalfAverage(classes, Rings[0].Binding.Channels, (long)grid.Padded.H * grid.Padded.W, roundsEverySum));

    /// <inheritdoc/>
    public override void Merge(nint[] slices) => _average.Replace(slices, _workers);
}
