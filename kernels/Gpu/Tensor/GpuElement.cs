using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What tiles multiply. Sums are float32. Methods of a structure without fields, so that kernels are compiled for each.</summary>
internal interface IGpuElement
{
    /// <summary>The precision of plans that multiply it; for the host.</summary>
    Precision Precision { get; }

    /// <summary>Bytes of one element in memory.</summary>
    int ByteLength { get; }

    /// <summary>Elements from memory as they are multiplied.</summary>
    GpuFragment Round(GpuFragment fragment);

    /// <summary>Two results as they lie in memory, for elements of 16 bits.</summary>
    uint Pack(float low, float high);

    /// <summary>The value of the lower half of a word, for elements of 16 bits; the upper half does not matter.</summary>
    float Unpack(uint word);

    /// <summary>The word of an element: its bits in the lower half, or all 32.</summary>
    uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index);
}

/// <summary>What tensor cores multiply.</summary>
internal interface IGpuTensorElement : IGpuElement
{
    /// <summary>16 rows by 32 columns and 32 bytes of the inner index; operands come from <see cref="IGpuTileLoads"/>.</summary>
    GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next);
}

/// <summary>What kernels' names call the elements that their tiles multiply.</summary>
internal static class GpuElementName
{
    /// <summary>The name.</summary>
    /// <param name="precision">The element's precision.</param>
    public static string Of(Precision precision) => precision == Precision.F32 ? "TileF32" : $"Tensor{precision}";
}

/// <summary>Which devices multiply an element by tiles.</summary>
internal static class GpuElementSupport
{
    /// <summary>
    /// Whether a device does. Tensor cores are chosen by element type, and emulated where they are absent; float32 has plain kernels besides, which are faster where groups have no memory of their own.
    /// </summary>
    /// <param name="precision">The element's precision.</param>
    /// <param name="caps">The device.</param>
    public static bool Has(Precision precision, DeviceCaps caps) => precision != Precision.F32 || caps.HasGroupMemory;
}

/// <summary>float32, multiplied by fused multiply-adds without tensor cores: nothing is rounded but sums.</summary>
internal struct GpuElementF32 : IGpuElement
{
    public readonly Precision Precision => Precision.F32;

    public readonly int ByteLength => 4;

    public readonly GpuFragment Round(GpuFragment fragment) => fragment;

    public readonly uint Pack(float low, float high) => 0;

    public readonly float Unpack(uint word) => 0;

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => words[index];
}

/// <summary>binary16.</summary>
internal struct GpuElementF16 : IGpuTensorElement
{
    public readonly Precision Precision => Precision.F16;

    public readonly int ByteLength => 2;

    public readonly GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => GpuTensorCore.MultiplyF16(sum, left, right, next);

    public readonly GpuFragment Round(GpuFragment fragment) => fragment;

    public readonly uint Pack(float low, float high) => GpuTensorCore.PackF16(low, high);

    public readonly float Unpack(uint word) => GpuTensorCore.UnpackF16(word);

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => halves[index];
}

/// <summary>bfloat16.</summary>
internal struct GpuElementBF16 : IGpuTensorElement
{
    public readonly Precision Precision => Precision.BF16;

    public readonly int ByteLength => 2;

    public readonly GpuTileRow Multiply(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => GpuTensorCore.MultiplyBF16(sum, left, right, next);

    public readonly GpuFragment Round(GpuFragment fragment) => fragment;

    public readonly uint Pack(float low, float high) => GpuTensorCore.PackBF16(low, high);

    public readonly float Unpack(uint word) => Interop.IntAsFloat(word << 16);

    public readonly uint Read(ArrayView<ushort> halves, ArrayView<uint> words, int index) => halves[index];
}

/// <summary>float32 in memory, of which tensor cores take 10 bits of mantissa.</summary>
internal struct GpuElementTF32 : IGpuTensorElement
{
    public readonly Precision Precision => Precision.TF32;

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
