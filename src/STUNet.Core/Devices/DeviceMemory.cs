namespace STUNet.Core;

/// <summary>One block of a device's memory. Arenas, packed weights and bound volumes are such blocks; tensors are offsets in them.</summary>
public abstract class DeviceMemory : IDisposable
{
    /// <summary>Creates the block.</summary>
    /// <param name="byteLength">Its size in bytes.</param>
    protected DeviceMemory(long byteLength) => ByteLength = byteLength;

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Releases the memory; views into it are invalid from then on.</summary>
    public abstract void Dispose();
}
