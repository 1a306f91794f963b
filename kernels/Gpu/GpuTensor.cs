using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A float32 operand as kernels see it: element (voxel, c) lies at voxel * Pitch + c, where voxel counts ((n * D + d) * H + h) * W + w. Vectors of one
/// value per channel are one voxel; a 1x1x1 weight (K, C) is K voxels.
/// </summary>
internal struct GpuTensor : IGpuTensor
{
    public ArrayView<float> Data;
    public int Pitch;

    /// <summary>
    /// Fills the structure up to a multiple of 8 bytes, as every structure within a kernel's arguments must be: ILGPU tells structures apart by their
    /// fields, not by the padding between them, and would give the arguments of one kernel the layout of another's.
    /// </summary>
    public int Unused;

    public static DType ElementType => DType.F32;

    /// <summary>A float32 operand, checked to be addressable with 32 bits.</summary>
    public static GpuTensor From(TensorView view) => Of<GpuTensor>(view);

    /// <summary>An operand of any element type, checked likewise.</summary>
    public static TTensor Of<TTensor>(TensorView view)
        where TTensor : struct, IGpuTensor
    {
        TTensor tensor = default;
        tensor.Set(view);
        return tensor;
    }

    /// <summary>The name of a kernel that exists for every element type: float32, the plain one, goes without saying.</summary>
    public static string NameOf<TTensor>(string pass)
        where TTensor : struct, IGpuTensor => TTensor.ElementType == DType.F32 ? $"{pass}Gpu" : $"{pass}{TTensor.ElementType}Gpu";

    /// <summary>Whether an operand is float32 and lies as <see cref="GpuTensor"/> describes.</summary>
    public static bool Fits(TensorDesc desc) => Fits<GpuTensor>(desc);

    /// <summary>Whether an operand has the element type and lies as <see cref="GpuTensor"/> describes.</summary>
    public static bool Fits<TTensor>(TensorDesc desc)
        where TTensor : struct, IGpuTensor =>
        desc.DType == TTensor.ElementType && (desc.Layout == Layout.NDHWC || desc.Shape.C == 1 || desc.Shape.Voxels == 1);

    /// <summary>Whether all operands are float32 and do.</summary>
    public static bool FitAll(ReadOnlySpan<TensorDesc> operands) => FitAll<GpuTensor>(operands);

    /// <summary>Whether all operands have the element type and do.</summary>
    public static bool FitAll<TTensor>(ReadOnlySpan<TensorDesc> operands)
        where TTensor : struct, IGpuTensor
    {
        foreach (TensorDesc operand in operands)
        {
            if (!Fits<TTensor>(operand))
                return false;
        }

        return true;
    }

    /// <summary>Checks that the elements of an operand can be counted with 32 bits.</summary>
    public static void RequireAddressable(TensorDesc desc)
    {
        if (desc.ElementCount > int.MaxValue)
            throw new InvalidRequestException($"Tensor {desc} has more than 2^31 elements; use a smaller patch, or --device cpu.");
    }

    /// <summary>The memory of an operand as elements of another type.</summary>
    public static ArrayView<T> BytesOf<T>(TensorView view)
        where T : unmanaged => ((GpuMemory)view.Memory).View<T>(view.ByteOffset, view.Desc.ByteLength);

    public void Set(TensorView view)
    {
        RequireAddressable(view.Desc);
        (Data, Pitch) = (BytesOf<float>(view), view.Desc.ChannelPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Read(int voxel, int c) => Data[(voxel * Pitch) + c];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write(int voxel, int c, float value) => Data[(voxel * Pitch) + c] = value;

    /// <summary>An element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref float At(int voxel, int c) => ref Data[(voxel * Pitch) + c];
}
