using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Memory that a packing writes for tensor cores: float32 values become F16, BF16 or TF32. The two views are the same memory.</summary>
internal struct GpuPackedElements
{
    public ArrayView<ushort> Halves;
    public ArrayView<uint> Words;
    public int Type;

    /// <summary>Fills the structure up, as <see cref="GpuTensor.Unused"/>.</summary>
    public int Unused;

    /// <summary>The packed form as elements.</summary>
    /// <param name="packed">Where it lies.</param>
    /// <param name="byteLength">Its length.</param>
    /// <param name="type">F16, BF16, or F32 for TF32.</param>
    public static GpuPackedElements Of(TensorView packed, long byteLength, DType type)
    {
        GpuMemory memory = (GpuMemory)packed.Memory;
        return new GpuPackedElements
        {
            Halves = memory.View<ushort>(packed.ByteOffset, byteLength),
            Words = memory.View<uint>(packed.ByteOffset, byteLength),
            Type = (int)type,
        };
    }

    /// <summary>Writes element i, rounded.</summary>
    public readonly void Write(int i, float value)
    {
        if (Type == (int)DType.F16)
            Halves[i] = (ushort)GpuFloatBits.ToHalf(Interop.FloatAsInt(value));
        else if (Type == (int)DType.BF16)
            Halves[i] = (ushort)GpuFloatBits.ToBFloat16(Interop.FloatAsInt(value));
        else
            Words[i] = GpuTensorCore.RoundToTF32(value);
    }
}
