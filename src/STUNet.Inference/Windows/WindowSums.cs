using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// What the predictions of windows are added up in, and how. This one: the networks of all folds add to one accumulator in single precision. Of a
/// finished slice the quotient of sums and weights is the mean.
/// </summary>
internal class WindowSums : IDisposable
{
    private readonly List<AccumulatorRing> _rings = [];

    /// <summary>Takes the accumulators and clears them.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">Lends memory of the device.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="importance">The weight of every voxel of a window.</param>
    /// <param name="rings">Number of accumulators; folds take turns.</param>
    public WindowSums(Device device, AccumulatorMemory memory, WindowGrid grid, int classes, float[] importance, int rings = 1)
    {
        (Classes, Importance) = (classes, importance);
        try
        {
            for (int i = 0; i < rings; i++)
                _rings.Add(new AccumulatorRing(device, memory, grid.Padded, grid.Patch.D, classes));
        }
        catch
        {
            _rings.ForEach(ring => ring.Dispose());
            throw;
        }
    }

    /// <summary>The accumulators.</summary>
    public IReadOnlyList<AccumulatorRing> Rings => _rings;

    /// <summary>The weights that the networks multiply with.</summary>
    public float[] Importance { get; }

    /// <summary>Number of classes.</summary>
    protected int Classes { get; }

    /// <summary>Where a fold adds a window to; asked once for all its mirrorings.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="source">The padded volume.</param>
    /// <param name="origin">First voxel of the window in it.</param>
    public virtual RunArguments Target(int fold, VolumeBinding source, Int3 origin) =>
        new() { WindowOrigin = origin, Source = source, Accumulator = _rings[fold % _rings.Count].Binding };

    /// <summary>Told when a fold has added all mirrorings of a window.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="origin">First voxel of the window.</param>
    public virtual void Added(int fold, Int3 origin)
    {
    }

    /// <summary>Makes the sums of the first accumulator those of all.</summary>
    /// <param name="slices">A finished slice in each accumulator, host memory, [H, W, pitch].</param>
    public virtual void Merge(nint[] slices)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">True.</param>
    protected virtual void Dispose(bool disposing) => _rings.ForEach(ring => ring.Dispose());
}
