using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary><see cref="GpuTensor"/> for operands of binary16.</summary>
internal struct GpuTensorF16 : IGpuTensor
{
    public ArrayView<ushort> Data;
    public int Pitch;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    public static DType ElementType => DType.F16;

    public void Set(TensorView view)
    {
        GpuTensor.RequireAddressable(view.Desc);
        (Data, Pitch) = (GpuTensor.BytesOf<ushort>(view), view.Desc.ChannelPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Read(int voxel, int c) => GpuTensorCore.UnpackF16(Data[(voxel * Pitch) + c]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write(int voxel, int c, float value) => Data[(voxel * Pitch) + c] = (ushort)GpuTensorCore.PackF16(value, 0f);
}
