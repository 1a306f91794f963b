using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Keeps the memory of accumulators from one case to the next, because taking gigabytes of pages from the system anew costs several times what
/// clearing them does. A block that is much larger than a case needs is given back, so that memory plans hold. Used by one case at a time.
/// </summary>
internal sealed class AccumulatorMemory(Device device) : IDisposable
{
    private readonly Stack<DeviceMemory> _kept = [];

    /// <summary>The largest block that may serve a case that needs so many bytes.</summary>
    /// <param name="byteLength">Bytes needed.</param>
    public static long LargestFor(long byteLength) => byteLength + (byteLength / 8);

    /// <summary>Gives a block of at least so many bytes, and at most <see cref="LargestFor"/>, of any content.</summary>
    /// <param name="byteLength">Bytes needed.</param>
    public DeviceMemory Take(long byteLength)
    {
        if (_kept.TryPop(out DeviceMemory? kept))
        {
            if (kept.ByteLength >= byteLength && kept.ByteLength <= LargestFor(byteLength))
                return kept;
            kept.Dispose();
        }

        return device.Allocate(byteLength);
    }

    /// <summary>Takes a block back for the next case.</summary>
    /// <param name="memory">The block; nothing uses it any more.</param>
    public void Return(DeviceMemory memory) => _kept.Push(memory);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_kept.TryPop(out DeviceMemory? kept))
            kept.Dispose();
    }
}
