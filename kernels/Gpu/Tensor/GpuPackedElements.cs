using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Memory that a packing writes for tiles: float32 values become what is multiplied. The two views are the same memory.</summary>
internal struct GpuPackedElements
{
    public ArrayView<ushort> Halves;
    public ArrayView<uint> Words;

    /// <summary>The <see cref="Precision"/>, as a number.</summary>
    public int Element;

    /// <summary>Fills the structure up, as <see cref="GpuTensor.Unused"/>.</summary>
    public int Unused;

    /// <summary>The packed form as elements.</summary>
    /// <param name="packed">Where it lies.</param>
    /// <param name="byteLength">Its length.</param>
    /// <param name="precision">What is multiplied.</param>
    public static GpuPackedElements Of(TensorView packed, long byteLength, Precision precision)
    {
        GpuMemory memory = (GpuMemory)packed.Memory;
        return new GpuPackedElements
        {
            Halves = memory.View<ushort>(packed.ByteOffset, byteLength),
            Words = memory.View<uint>(packed.ByteOffset, byteLength),
            Element = (int)precision,
        };
    }

    /// <summary>Writes element i, rounded.</summary>
    public readonly void Write(int i, float value)
    {
        if (Element == (int)Precision.F16)
            Halves[i] = (ushort)GpuFloatBits.ToHalf(Interop.FloatAsInt(value));
        else if (Element == (int)Precision.BF16)
            Halves[i] = (ushort)GpuFloatBits.ToBFloat16(Interop.FloatAsInt(value));
        else
            Words[i] = Element == (int)Precision.TF32 ? GpuTensorCore.RoundToTF32(value) : Interop.FloatAsInt(value);
    }
}
