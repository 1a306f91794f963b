using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A float32 operand as kernels see it: element (voxel, c) lies at voxel * Pitch + c, where voxel counts ((n * D + d) * H + h) * W + w. Vectors of one
/// value per channel are one voxel; a 1x1x1 weight (K, C) is K voxels.
/// </summary>
internal struct GpuTensor
{
    public ArrayView<float> Data;
    public int Pitch;

    /// <summary>
    /// Fills the structure up to a multiple of 8 bytes, as every structure within a kernel's arguments must be: ILGPU tells structures apart by their
    /// fields, not by the padding between them, and would give the arguments of one kernel the layout of another's.
    /// </summary>
    public int Unused;

    /// <summary>An operand, checked to be addressable with 32 bits.</summary>
    public static GpuTensor From(TensorView view)
    {
        if (view.Desc.ElementCount > int.MaxValue)
            throw new InvalidRequestException($"Tensor {view.Desc} has more than 2^31 elements; use a smaller patch, or --device cpu.");
        return new GpuTensor { Data = BytesOf<float>(view), Pitch = view.Desc.ChannelPitch };
    }

    /// <summary>Whether an operand is float32 and lies as <see cref="GpuTensor"/> describes.</summary>
    public static bool Fits(TensorDesc desc) =>
        desc.DType == DType.F32 && (desc.Layout == Layout.NDHWC || desc.Shape.C == 1 || desc.Shape.Voxels == 1);

    /// <summary>Whether all operands do.</summary>
    public static bool FitAll(ReadOnlySpan<TensorDesc> operands)
    {
        foreach (TensorDesc operand in operands)
        {
            if (!Fits(operand))
                return false;
        }

        return true;
    }

    /// <summary>The memory of an operand as elements of another type.</summary>
    public static ArrayView<T> BytesOf<T>(TensorView view)
        where T : unmanaged => ((GpuMemory)view.Memory).View<T>(view.ByteOffset, view.Desc.ByteLength);

    /// <summary>An element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref float At(int voxel, int c) => ref Data[(voxel * Pitch) + c];
}
