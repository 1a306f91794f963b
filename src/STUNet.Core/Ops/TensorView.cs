namespace STUNet.Core;

/// <summary>A tensor in a block of device memory.</summary>
/// <param name="Memory">The block.</param>
/// <param name="ByteOffset">First byte of the tensor in it.</param>
/// <param name="Desc">What it is.</param>
public readonly record struct TensorView(DeviceMemory Memory, long ByteOffset, TensorDesc Desc)
{
    /// <summary>The first element of a float32 tensor in CPU memory.</summary>
    public unsafe float* Floats => (float*)Bytes;

    /// <summary>The first byte of a tensor in CPU memory.</summary>
    public unsafe byte* Bytes => ((CpuMemory)Memory).Pointer + ByteOffset;
}
