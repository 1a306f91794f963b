using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary><see cref="GpuTensor"/> for operands of bfloat16.</summary>
internal struct GpuTensorBF16 : IGpuTensor
{
    public ArrayView<ushort> Data;
    public int Pitch;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    public static DType ElementType => DType.BF16;

    public void Set(TensorView view)
    {
        GpuTensor.RequireAddressable(view.Desc);
        (Data, Pitch) = (GpuTensor.BytesOf<ushort>(view), view.Desc.ChannelPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Read(int voxel, int c) => Interop.IntAsFloat((uint)Data[(voxel * Pitch) + c] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write(int voxel, int c, float value) => Data[(voxel * Pitch) + c] = (ushort)GpuTensorCore.PackBF16(value, 0f);
}
