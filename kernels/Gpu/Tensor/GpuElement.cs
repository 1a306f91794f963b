using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What tensor cores multiply. Sums are float32. Methods of a structure without fields, so that kernels are compiled for each.</summary>
internal interface IGpuElement
{
    /// <summary>Bytes of one element in memory.</summary>
    int ByteLength { get; }

    /// <summary>16 rows by 32 columns and 32 bytes of the inner index; operands come from <see cref="IGpuTileLoads"/>.</summary>
    GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next);

    /// <summary>Elements from memory as tensor cores take them.</summary>
    GpuFragment Round(GpuFragment fragment);

    /// <summary>Two results as they lie in memory, for elements of 16 bits.</summary>
    uint Pack(float low, float high);

    /// <summary>The value of the lower half of a word, for elements of 16 bits; the upper half does not matter.</summary>
    float Unpack(uint word);

    /// <summary>The word of an element: its bits in the lower half, or all 32.</summary>
    uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index);
}

/// <summary>What kernels' names call the elements that tensor cores multiply.</summary>
internal static class GpuElementName
{
    /// <summary>The name: TF32 of float32.</summary>
    /// <param name="type">The element type in memory.</param>
    public static string Of(DType type) => type == DType.F32 ? "TF32" : type.ToString();
}

/// <summary>binary16.</summary>
internal struct GpuElementF16 : IGpuElement
{
    public readonly int ByteLength => 2;

    public readonly GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => GpuTensorCore.MultiplyF16(sum, left, right, next);

    public readonly GpuFragment Round(GpuFragment fragment) => fragment;

    public readonly uint Pack(float low, float high) => GpuTensorCore.PackF16(low, high);

    public readonly float Unpack(uint word) => GpuTensorCore.UnpackF16(word);

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => halves[index];
}

/// <summary>bfloat16.</summary>
internal struct GpuElementBF16 : IGpuElement
{
    public readonly int ByteLength => 2;

    public readonly GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => GpuTensorCore.MultiplyBF16(sum, left, right, next);

    public readonly GpuFragment Round(GpuFragment fragment) => fragment;

    public readonly uint Pack(float low, float high) => GpuTensorCore.PackBF16(low, high);

    public readonly float Unpack(uint word) => Interop.IntAsFloat(word << 16);

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => halves[index];
}

/// <summary>float32 in memory, of which tensor cores take 10 bits of mantissa.</summary>
internal struct GpuElementTF32 : IGpuElement
{
    public readonly int ByteLength => 4;

    public readonly GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => GpuTensorCore.MultiplyTF32(sum, left, right, next);

    public readonly GpuFragment Round(GpuFragment fragment) => new()
    {
        A = GpuTensorCore.RoundToTF32(Interop.IntAsFloat(fragment.A)),
        B = GpuTensorCore.RoundToTF32(Interop.IntAsFloat(fragment.B)),
        C = GpuTensorCore.RoundToTF32(Interop.IntAsFloat(fragment.C)),
        D = GpuTensorCore.RoundToTF32(Interop.IntAsFloat(fragment.D)),
    };

    public readonly uint Pack(float low, float high) => 0;

    public readonly float Unpack(uint word) => 0;

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => words[index];
}
