using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Hands finished slices to a consumer in host memory, one by one, merged where there are several accumulators; from another device than the CPU they are copied.</summary>
internal sealed unsafe class HostSlices : IFinishedSlices
{
    private readonly Device _device;
    private readonly WindowGrid _grid;
    private readonly WindowSums _sums;
    private readonly ISliceConsumer _consumer;
    private readonly List<CpuMemory> _staging = [];

    /// <summary>Allocates what slices are copied to.</summary>
    /// <param name="device">The device of the accumulators.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="sums">The accumulators.</param>
    /// <param name="consumer">Receives the slices.</param>
    public HostSlices(Device device, WindowGrid grid, WindowSums sums, ISliceConsumer consumer)
    {
        (_device, _grid, _sums, _consumer) = (device, grid, sums, consumer);
        try
        {
            // Alternating between two places: the last slice is still needed.
            for (int i = 0; device is not CpuDevice && i < 2 * sums.Rings.Count; i++)
                _staging.Add(new CpuMemory(sums.Rings[0].SliceBytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Take(int first, int end, CancellationToken cancellation)
    {
        for (int z = Math.Max(first, _grid.Before.D); z < Math.Min(end, _grid.Before.D + _grid.Volume.D); z++)
        {
            cancellation.ThrowIfCancellationRequested();
            nint[] slices = [.. Enumerable.Range(0, _sums.Rings.Count).Select(ring => OnHost(ring, z, copy: true))];
            _sums.Merge(slices);
            int unpadded = z - _grid.Before.D;
            _consumer.Accept(unpadded, Slice(slices[0]), unpadded == 0 ? default : Slice(OnHost(0, z - 1, copy: false)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _staging.ForEach(slice => slice.Dispose());

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
            _device.Download(slices.Binding.Memory, slices.OffsetOf(z), slices.SliceBytes, place);
        return (nint)place.Pointer;
    }
}
