using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Sums as nnU-Net 2.2 keeps them: the mirrorings of a window are averaged in single precision, multiplied with its weights, added, and the sum is rounded
/// to binary16, as is that of the weights. On the CPU. The accumulators hold the rounded values in single precision.
/// </summary>
internal sealed unsafe class HalfSums : FoldSums, IParallelBody
{
    private readonly Device _device;
    private readonly WorkerPool _workers;
    private readonly float[] _weights;
    private readonly Int3 _patch;
    private readonly CpuMemory _window;
    private VolumeBinding _ring;
    private Int3 _origin;

    /// <summary>Takes the accumulators and room for one window.</summary>
    /// <param name="device">The device, a CPU.</param>
    /// <param name="memory">Lends memory of the device.</param>
    /// <param name="workers">Host threads.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="weights">The weight of every voxel of a window, binary16.</param>
    /// <param name="folds">Number of folds.</param>
    public HalfSums(Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, float[] weights, int folds)
        : base(device, memory, workers, grid, classes, Ones(weights.Length), folds, roundsEverySum: true)
    {
        (_device, _workers, _weights, _patch) = (device, workers, weights, grid.Patch);
        try
        {
            _window = new CpuMemory(_patch.Product * Rings[0].Binding.Channels * sizeof(float));
        }
        catch
        {
            base.Dispose(disposing: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public override RunArguments Target(int fold, VolumeBinding source, Int3 origin)
    {
        _device.Fill(_window, 0, _window.ByteLength, 0);
        // The window is the whole volume of its accumulator, so the source begins where the window does.
        long first = (((long)origin.D * source.Size.H) + origin.H) * source.Size.W + origin.W;
        return new() { Source = source with { ByteOffset = source.ByteOffset + (first * sizeof(float)) }, Accumulator = new VolumeBinding(_window, 0, Rings[0].Binding.Channels, _patch) };
    }

    /// <inheritdoc/>
    public override void Added(int fold, Int3 origin)
    {
        _device.Synchronize();
        (_ring, _origin) = (Rings[fold].Binding, origin);
        _workers.Run(_patch.D * _patch.H, this);
    }

    /// <inheritdoc/>
    public void Execute(int index, int worker)
    {
        (int z, int y) = (index / _patch.H, index % _patch.H);
        int pitch = _ring.Channels;
        float* window = (float*)_window.Pointer + ((long)index * _patch.W * pitch);
        long row = ((long)((_origin.D + z) % _ring.Size.D) * _ring.Size.H) + _origin.H + y;
        float* sums = _ring.Floats + (((row * _ring.Size.W) + _origin.W) * pitch);
        for (int x = 0; x < _patch.W; x++, window += pitch, sums += pitch)
        {
            float weight = _weights[((long)index * _patch.W) + x];
            for (int k = 0; k < Classes; k++)
                sums[k] = (float)(Half)(sums[k] + (window[k] * weight));
            sums[Classes] = (float)(Half)(sums[Classes] + weight);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _window.Dispose();
        base.Dispose(disposing);
    }

    // The weights come after the mean of the mirrorings.
    private static float[] Ones(int count)
    {
        float[] ones = new float[count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
