namespace STUNet.Core;

/// <summary>Scratch bytes of one step. Their content does not survive the step.</summary>
/// <param name="Memory">The block.</param>
/// <param name="ByteOffset">First byte in it.</param>
/// <param name="ByteLength">Number of bytes.</param>
public readonly record struct MemorySpan(DeviceMemory Memory, long ByteOffset, long ByteLength)
{
    /// <summary>The first byte, in CPU memory.</summary>
    public unsafe byte* Bytes => ((CpuMemory)Memory).Pointer + ByteOffset;
}
