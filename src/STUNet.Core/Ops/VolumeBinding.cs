namespace STUNet.Core;

/// <summary>
/// A float32 volume outside of any plan, bound to a run. As the source of windows it is channels first, [Channels, D, H, W]. As the accumulator it
/// is channels last, [D, H, W, Channels], and a ring along z: network slice z lies at z modulo D.
/// </summary>
/// <param name="Memory">The block.</param>
/// <param name="ByteOffset">First byte in it.</param>
/// <param name="Channels">Channels of the source; elements from one voxel to the next in the accumulator.</param>
/// <param name="Size">Extent (z, y, x).</param>
public readonly record struct VolumeBinding(DeviceMemory Memory, long ByteOffset, int Channels, Int3 Size)
{
    /// <summary>Size in bytes.</summary>
    public long ByteLength => Channels * Size.Product * sizeof(float);

    /// <summary>The first element, in CPU memory.</summary>
    public unsafe float* Floats => (float*)(((CpuMemory)Memory).Pointer + ByteOffset);
}
